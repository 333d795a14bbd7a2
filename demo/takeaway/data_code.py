"""The part of the program that reads the pictures, in the order in which the library reads them."""

from demo.takeaway.plan import Plan

ARCHIVE = '''\
def read(part):
    """Pictures and labels of "train" or "test": uint8 (N, 3, 32, 32) and int64 (N,)."""
    data = CIFAR10(FOLDER, train=part == "train")  # torchvision checks that the files are whole
    images = data.data.transpose(0, 3, 1, 2)  # (N, 32, 32, 3) before
    return torch.from_numpy(images.copy()), torch.tensor(data.targets)'''
SMALL = '''\
def read(part):
    """Pictures and labels of "train" or "test": uint8 (N, 3, 32, 32) and int64 (N,)."""
    images, labels = zip(*ImageFolder(FOLDER / part, np.asarray), strict=True)
    images = np.stack(images).transpose(0, 3, 1, 2)  # (N, 32, 32, 3) before
    return torch.from_numpy(images.copy()), torch.tensor(labels)'''
RESIZED = '''\
def load(path):
    """One picture as uint8 (32, 32, 3): the square in its middle, resized."""
    picture = Image.open(path)
    picture.draft("RGB", (64, 64))  # a large JPEG is read at a smaller size
    picture = ImageOps.exif_transpose(picture)
    if picture.has_transparency_data:  # on white
        glass = picture.convert("RGBA")
        picture = Image.new("RGB", glass.size, "white")
        picture.paste(glass, mask=glass)
    return np.asarray(ImageOps.fit(picture.convert("RGB"), (32, 32)))


def read(part):
    """Pictures and labels of "train" or "test": uint8 (N, 3, 32, 32) and int64 (N,)."""
    images, labels = zip(*ImageFolder(FOLDER / part, loader=load), strict=True)
    images = np.stack(images).transpose(0, 3, 1, 2)  # (N, 32, 32, 3) before
    return torch.from_numpy(images.copy()), torch.tensor(labels)'''
READ = """\
try:
    (images, labels), (test_images, test_labels) = read("train"), read("test")
except (OSError, RuntimeError, ValueError):  # not there, or not whole
    sys.exit(f"There is no {holds} in {{FOLDER}}: give the folder of it.")"""
HOLDS = {"batches": "whole cifar-10-batches-py", "folder": "train/ and test/ of pictures"}
SPLIT = """\
# Each class is spread evenly over the set, and its last {share:.0%} are for validation.
place, held_out = torch.zeros(len(labels)).double(), torch.zeros(len(labels)).bool()
for label in labels.unique():
    rows = (labels == label).nonzero().squeeze(1)
    rank = (torch.arange(len(rows)).double() * 0.6180339887498949 % 1).argsort().argsort()
    place[rows] = (rank.double() + 0.5) / len(rows)
    held_out[rows] = rank >= len(rows) - round({share} * len(rows))
order = place.argsort(stable=True)
train, validation = order[~held_out[order]]{some}, order[held_out[order]]
train_images, train_labels = images[train], labels[train]"""
SPLIT_VALIDATION = "validation_images, validation_labels = images[validation], labels[validation]"
DRAWN = """\
try:
    data = {name: torch.from_numpy(array) for name, array in np.load(PICTURES).items()}
except Exception:  # not there, or not whole
    sys.exit(f"{PICTURES} cannot be read: download pictures.npz of this run and put it there.")
train_images, train_labels = data["train_images"], data["train_labels"]  # uint8 (N, 3, 32, 32)"""
DRAWN_VALIDATION = """\
validation_images, validation_labels = data["validation_images"], data["validation_labels"]"""
DRAWN_TEST = 'test_images, test_labels = data["test_images"], data["test_labels"]'
CHECK = """\
if zlib.crc32(train_labels.numpy(), zlib.crc32(train_images.numpy())) != {checksum}:
    sys.exit(f"{{{place}}} holds other pictures than the run had: {advice}.")"""
ADVICE = {
    "drawn": "download its pictures.npz again",
    "batches": "give the original CIFAR-10",
    "folder": "give the folder it was trained on",
}
SCALE = """\
some = train_images[:: max(1, len(train_images) // 5000)].float() / 255
mean, std = (x.view(3, 1, 1) for x in (some.mean((0, 2, 3)), some.std((0, 2, 3))))"""
UNSCALED = """\
# Wrong on purpose: pictures go in as 0 to 255, not as small numbers around 0.
mean, std = torch.tensor([0.0] * 3).view(3, 1, 1), torch.tensor([1 / 255] * 3).view(3, 1, 1)"""
NORMALISE = '''\
def normalise(images):
    """uint8 (B, 3, 32, 32) -> floats around 0; channels last, in which layout a CPU is faster."""
    images = images.contiguous(memory_format=torch.channels_last).float()
    return images.mul_(1 / (255 * std)).sub_(mean / std)'''


def data_code(plan: Plan) -> str:
    """Pictures, split, check and scale."""
    kind, config = plan.data.kind, plan.config
    if kind == "drawn":
        parts = [DRAWN, *[DRAWN_VALIDATION] * plan.validates, DRAWN_TEST]
    else:
        some = f"[:{config['pictures']}]" if config["pictures"] else ""
        read = ARCHIVE if kind == "batches" else RESIZED if plan.data.resized else SMALL
        parts = [read, "\n", READ.format(holds=HOLDS[kind])]
        parts += [SPLIT.format(share=config["validation"], some=some)]
        parts += [SPLIT_VALIDATION] * plan.validates
    place = "PICTURES" if kind == "drawn" else "FOLDER"
    check = CHECK.format(checksum=plan.data.checksum, place=place, advice=ADVICE[kind])
    scale = UNSCALED if "normalise" in plan.faults else SCALE
    return "\n".join([*parts, check, scale, "\n", NORMALISE])
