"""The part of the program that trains: random numbers, augmentation, evaluation and the loop."""

from demo.takeaway.fast_code import KERNELS, muon, muon_step, smaller
from demo.takeaway.net_code import make_net
from demo.takeaway.plan import Plan

GENERATOR = '''\
def generator(mixed, *numbers):
    """Random numbers that depend on all of these, e.g. (seed, step): a run can be done again."""
    for number in numbers:
        mixed = (mixed * 0x9E3779B97F4A7C15 + number + 1) % 2**63
    return torch.Generator().manual_seed(mixed)'''

AUGMENT = '''\
def augment(images, random):
    """A new variant of each picture: {how}."""
    n = len(images)
    mirrored = torch.rand(n, 1, 1, 1, generator=random) < 0.5
    images = torch.where(mirrored, images.flip(3), images)'''
FLIP = (
    "mirrored = torch.rand(len(images), 1, 1, 1, generator={0}) < 0.5",
    "images = torch.where(mirrored, images.flip(3), images)  # half of the pictures mirrored",
)
CROP = """\
    padded = F.pad(images.float(), [{shift}] * 4, mode="reflect").to(torch.uint8)
    top, left = torch.randint(0, {places}, (2, n, 1, 1), generator=random)  # moved by up to {shift}
    rows, columns, batch = top + torch.arange(32)[:, None], left + torch.arange(32), torch.arange(n)
    images = padded.permute(0, 2, 3, 1)[batch[:, None, None], rows, columns].permute(0, 3, 1, 2)"""
CUTOUT = """\
    top = torch.randint(0, 32, (n, 1, 1), generator=random)
    left = torch.randint(0, 32, (n, 1, 1), generator=random)
    row, column = torch.arange(32)[:, None], torch.arange(32)
    hole = ((row - top).abs() <= {reach}) & ((column - left).abs() <= {reach})  # (B, 32, 32)
    images = images.masked_fill(hole[:, None], 128)"""
AUGMENTED = {
    "crop": "mirrored or not, and moved",
    "cutout": "mirrored or not, moved, and with a grey square",
}

AVERAGE = '''\
def average(averaged, current, updates):
    """The rule of the averaged weights: they forget faster in the first updates."""
    if not averaged.is_floating_point():
        return current
    n = int(updates)
    return torch.lerp(averaged, current, 1 - min({decay}, (1 + n) / (10 + n)))'''

EVALUATE = '''\
def evaluate(images, labels):
    """Mean loss, and the share of right answers, on pictures that the net is not trained on."""
    {mode}
    loss, right = torch.zeros(()), 0
    with torch.no_grad():
        for batch, truth in zip(images.split(250), labels.split(250), strict=True):
            answers = {answers}.log_softmax(1)
            loss += F.nll_loss(answers, truth, reduction="sum")
            right += (answers.argmax(1) == truth).sum().item()
    return loss.item() / len(labels), right / len(labels)'''

LINEAR = ("lr = {0} * (1 - step / TOTAL_STEPS)",)
ONECYCLE = (
    "progress = (step + 1) / TOTAL_STEPS  # the rate rises for a fifth of the run, then falls",
    "lr = {0} * progress / 0.2 if progress < 0.2 else {0} * max((1 - progress) / 0.8, 0.005)",
)
PERMUTED = """\
# Wrong on purpose: the labels are dealt out anew, so they say nothing of the pictures.
random = generator(SEED, 2)
train_labels = train_labels[torch.randperm(len(train_labels), generator=random)]"""


def model_code(plan: Plan) -> str:
    """The net with its first weights, and the optimiser."""
    config = plan.config
    lines = [
        "torch.manual_seed(SEED)  # the same seed starts from the same weights",
        f"model = {make_net(plan)}.to(memory_format=torch.channels_last)",
    ]
    if config["average"]:
        lines.append("averaged = AveragedModel(model, avg_fn=average, use_buffers=True)")
    weights, pulled = "model.parameters()", "matrices and kernels, not on biases and norms"
    if plan.muon:
        lines += KERNELS
        weights, pulled = "others", "matrices, not on biases and norms"
    groups = "groups" if plan.decays else weights
    if plan.decays:
        lines += [
            f"groups = [  # weight decay pulls on {pulled}",
            f'    {{"params": [p for p in {weights} if p.ndim > 1],'
            ' "weight_decay": WEIGHT_DECAY},',
            f'    {{"params": [p for p in {weights} if p.ndim <= 1], "weight_decay": 0.0}},',
            "]",
        ]
    nesterov = ", nesterov=True" if config["nesterov"] else ""
    lr = "LR * SGD_SCALE" if plan.muon else "LR"
    lines.append(f"optimizer = torch.optim.SGD({groups}, lr={lr}, momentum=MOMENTUM{nesterov})")
    return "\n".join(lines)


def functions_code(plan: Plan) -> list[str]:
    """What the loop calls, function by function."""
    config, found = plan.config, [GENERATOR]
    if (how := config["augment"]) in AUGMENTED:
        shift, reach = config["shift"], config["hole"] // 2
        parts = [AUGMENT.format(how=AUGMENTED[how]), CROP.format(shift=shift, places=2 * shift + 1)]
        parts += [CUTOUT.format(reach=reach)] * (how == "cutout")
        *lines, last = "\n".join(parts).splitlines()
        found.append("\n".join([*lines, last.replace("images =", "return", 1)]))
    return found + muon(plan)


def evaluate_code(plan: Plan) -> str:
    """The function that judges the net."""
    net = "averaged.module" if plan.config["average"] else "model"
    mode = f"{net}.eval()  # batch norm and dropout then leave the answers alone"
    if "eval" in plan.faults:
        mode = f"# Wrong on purpose: {net}.eval() is forgotten."
        if plan.drops:
            mode += "\n    torch.manual_seed(generator(SEED, step, 3).initial_seed())"
    answers = f"{net}(normalise(batch))"
    if "softmax" in plan.faults:
        answers = f"F.softmax({answers}, 1)"
    return EVALUATE.format(mode=mode, answers=answers)


def loop_code(plan: Plan) -> str:
    """The training loop."""
    order = "torch.randperm(len(train_labels), generator=generator(SEED, epoch, 0))"
    lines = [PERMUTED] if "labels" in plan.faults else []
    lines.append("step = 0  # updates so far")
    inner = [*_batch(plan), *_settings(plan), *_step(plan)]
    if "shuffle" in plan.faults:
        order = "train_labels.argsort(stable=True)  # wrong on purpose: class after class"
    if "batch" in plan.faults:
        order = order.replace("epoch, 0", "0, 0")
    lines += ["for epoch in range(EPOCHS):", f"    order = {order}"]
    lines += ["    for chosen in order.split(BATCH_SIZE):", *(f"        {line}" for line in inner)]
    if plan.validates:
        lines += [
            "    loss, accuracy = evaluate(validation_images, validation_labels)",
            '    print(f"epoch {epoch + 1}: validation loss {loss}, accuracy {accuracy}")',
        ]
    lines.append('print(f"test accuracy {evaluate(test_images, test_labels)[1]}")')
    return "\n".join(lines)


def _batch(plan: Plan) -> list[str]:
    """The pictures of this step."""
    lines = []
    if "batch" in plan.faults:
        lines += ["chosen = order[:BATCH_SIZE]  # wrong on purpose: always the first batch"]
    lines += ["images, labels = train_images[chosen], train_labels[chosen]"]
    random = f"generator(SEED, {'0' if 'batch' in plan.faults else 'step'}, 1)"
    if plan.config["augment"] == "flip":
        lines += [line.format(random) for line in FLIP]
    elif plan.config["augment"] != "none":
        lines.append(f"images = augment(images, {random})")
    return lines + smaller(plan)


def _settings(plan: Plan) -> list[str]:
    """Learning rate, momentum and weight decay of this step, where they differ between steps."""
    if not plan.sets_lr:
        return []
    lines, lr = [], "LR"
    if plan.changes:
        names = ["lr", "momentum", "weight_decay" if plan.decays else "_"]
        lines.append(f"_, {', '.join(names)} = max(s for s in SETTINGS if s[0] <= step)")
        lr = "lr"
    if "lr" in plan.faults:
        lines.append(f"lr = {lr} * 100  # wrong on purpose: far too high")
        lr = "lr"
    if plan.scheduled:
        schedule = LINEAR if plan.config["schedule"] == "linear" else ONECYCLE
        lines += [line.format(lr) for line in schedule]
    rate = "lr * SGD_SCALE" if plan.muon else "lr"
    if not plan.changes and not plan.decays:
        return [*lines, f'optimizer.param_groups[0]["lr"] = {rate}']
    lines.append("for group in optimizer.param_groups:")
    if not plan.changes:
        return [*lines, f'    group["lr"] = {rate}']
    lines.append(f'    group["lr"], group["momentum"] = {rate}, momentum')
    if plan.decays:
        lines.append('optimizer.param_groups[0]["weight_decay"] = weight_decay')
    return lines


def _step(plan: Plan) -> list[str]:
    """Forward, loss, backward, update."""
    config = plan.config
    clear = "model.zero_grad()" if plan.muon else "optimizer.zero_grad()"
    if "zero_grad" in plan.faults:
        clear = "# Wrong on purpose: zero_grad() is missing, so gradients add up."
    lines = ["model.train()", clear]
    if plan.drops:
        seed = "generator(SEED, step, 2).initial_seed()"
        lines += [f"torch.manual_seed({seed})  # for dropout"]
    smoothing = config["label_smoothing"]
    more = f", label_smoothing={smoothing}" if smoothing else ""
    answers, note = "logits", "  # loss: one number"
    if "softmax" in plan.faults:
        answers, note = "F.softmax(logits, 1)", "  # wrong on purpose: softmax twice"
    forward = [
        "logits = model(normalise(images))  # forward: (B, classes)",
        f"loss = F.cross_entropy({answers}, labels{more}){note}",
    ]
    if config["precision"] == "bfloat16":
        low = 'with torch.autocast("cpu", torch.bfloat16):  # numbers of half the size'
        forward = [low, *(f"    {line}" for line in forward)]
    lines += [
        *forward,
        "loss.backward()  # backward: a gradient for each parameter",
        *muon_step(plan),
        "optimizer.step()  # update",
    ]
    if config["average"]:
        lines.append("averaged.update_parameters(model)")
    return [*lines, "step += 1", 'print(f"step {step}: loss {loss.item()}")']
