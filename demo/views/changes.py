"""What one step changed: which names, and in words."""

import re
from collections.abc import Iterator, Mapping

from demo.views.steps import UNREADABLE, Name, Step, cells, listed, readers, spelled


def changed(before: Step, after: Step) -> tuple[str, ...]:
    """The names that were there before the step and are something else after it.

    They read other values, stand for another tensor, or began or ceased to require gradients.
    """
    looks = ("values", "shape", "dtype", "kind", "requires_grad")
    cleared, now = _cleared(before, after), after["names"]
    return tuple(
        label
        for label, old in before["names"].items()
        if label in cleared
        or label in now
        and (_another(old, now[label]) or any(old[k] != now[label][k] for k in looks))
    )


def sentence(before: Step, after: Step, letters: Mapping[str, str]) -> str:
    """What to see in the picture after this step. letters: storage -> its letter."""
    if after["error"]:
        return _stopped(after["line"], after["error"]["type"])
    parts = [
        *_written(before, after, letters),
        *_rebound(before, after, letters),
        *_required(before, after),
        *_new(before, after, letters),
        *_gone(before, after),
    ]
    still = "Memory stays as it was." if after["names"] else "No names yet."
    return " ".join(parts[:3]) or still


def _stopped(line: int, kind: str) -> str:
    if kind in UNREADABLE:
        return f"Python cannot read line {line}, so nothing ran."
    if kind == "Refused":
        return f"The run stopped at line {line}; this is the memory before it."
    article = "an" if kind[:1] in "AEIOU" else "a"
    return f"Line {line} raised {article} {kind}; this is the memory it left."


def _written(before: Step, after: Step, letters: Mapping[str, str]) -> Iterator[str]:
    """Cells that were there before and now hold something else."""
    for key, storage in after["storages"].items():
        written = set(storage["changed"])
        if key not in before["storages"] or not written:
            continue
        names = readers(after, key).items()
        seen = [label for label, name in names if not written.isdisjoint(cells(name))]
        wrote = f"Line {after['line']} wrote into storage {letters[key]}"
        if len(seen) > 1:
            number = "both" if len(seen) == 2 else f"all {len(seen)}"
            yield f"{wrote}: {listed(seen)} read those cells, so {number} show it."
        else:
            yield f"{wrote}, which {listed(seen) or 'no name'} reads."


def _rebound(before: Step, after: Step, letters: Mapping[str, str]) -> Iterator[str]:
    """Names that now stand for another tensor."""
    for label, name in after["names"].items():
        old = before["names"].get(label)
        storage = _another(old, name)
        if not old or not storage:
            continue
        yield f"{label} is now another {_kind(name)}, over storage {letters[storage]}."
        left = [other for other in readers(after, old["storage"]) if other in before["names"]]
        if left and old["storage"] and storage != old["storage"]:
            verb = "reads" if len(left) == 1 else "read"
            yield f"{listed(left)} still {verb} storage {letters[old['storage']]}."


def _another(old: Name | None, name: Name) -> str | None:
    """The storage of a name that now stands for another tensor or array, an equal one too."""
    return name["storage"] if old and old["object"] != name["object"] else None


def _required(before: Step, after: Step) -> Iterator[str]:
    """Tensors that require gradients now, or do not any more."""
    for now, words in ((True, "gradients now"), (False, "no gradients any more")):
        turned = [
            label
            for label, name in after["names"].items()
            if (old := before["names"].get(label))
            and not _another(old, name)
            and (old["requires_grad"], name["requires_grad"]) == (not now, now)
        ]
        if turned:
            yield f"{listed(turned)} {'requires' if len(turned) == 1 else 'require'} {words}."


def _new(before: Step, after: Step, letters: Mapping[str, str]) -> Iterator[str]:
    """Names that were not there: other names of a tensor, views, tensors of their own."""
    known = {n: name for n, name in after["names"].items() if n in before["names"]}
    written = {n for n, name in known.items() if name["version"] != before["names"][n]["version"]}
    mentioned = set(re.findall(r"\w+", after["source"])) - {*changed(before, after), *written}
    for label, name in after["names"].items():
        if label in known or not name["storage"]:
            continue
        same = [n for n, other in known.items() if other["object"] == name["object"]]
        beside = [n for n in readers(after, name["storage"]) if n in known]
        letter = letters[name["storage"]]
        if same:
            yield f"{label} is {same[0]} itself: one {_kind(name)} with two names."
        elif beside:
            reads = f"{label} reads {spelled(cells(name))} of storage {letter}"
            yield f"{reads}, like {listed(beside)}: nothing was copied."
        else:
            yield f"{label} has a storage of its own, {letter}."
            kept = [n for n in known if n in mentioned and known[n]["storage"]]
            if kept:
                yield f"{listed(kept)} {'is' if len(kept) == 1 else 'are'} not touched."
        known[label] = name


def _gone(before: Step, after: Step) -> Iterator[str]:
    cleared = _cleared(before, after)
    if cleared:
        yield f"{listed(cleared)} {'is' if len(cleared) == 1 else 'are'} None again."
    gone = [label for label in before["names"] if label not in [*after["names"], *cleared]]
    if gone:
        yield f"{listed(gone)} {'is' if len(gone) == 1 else 'are'} gone."


def _cleared(before: Step, after: Step) -> list[str]:
    """Gradients that are None again, of tensors that are still there."""
    names = after["names"]
    grads = [label for label in before["names"] if label.endswith(".grad") and label not in names]
    return [label for label in grads if label.removesuffix(".grad") in names]


def _kind(name: Name) -> str:
    return "array" if name["kind"] == "array" else "tensor"
