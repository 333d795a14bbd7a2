"""What the benchmarks' peers are made of: the pictures as torchvision's CIFAR10 gives them."""

from collections.abc import Callable

from PIL import Image
from torch.utils.data import Dataset


class Cifar10(Dataset):
    """torchvision.datasets.CIFAR10 in all but the download: the same pictures as ours, by PIL.

    pictures: cifar_core.data.Pictures. transform: takes a PIL picture.
    """

    def __init__(self, pictures, transform: Callable):
        self.data = pictures.images.permute(0, 2, 3, 1).numpy()  # uint8 (N, 32, 32, 3)
        self.targets, self.transform = pictures.labels.tolist(), transform

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int):
        return self.transform(Image.fromarray(self.data[index])), self.targets[index]
