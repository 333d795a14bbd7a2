"""cifar_core: from one tensor to a trained network. The library under "My First Neural Net".

Nothing is imported here: `python -m cifar_core` and a child process pay only for what they use.


    from cifar_core.config import TrainConfig
    from cifar_core.training import Trainer
    from cifar_core.inference import Predictor
    from cifar_core.tensors import trace
"""
