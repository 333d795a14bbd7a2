"""What is said of a layer whose kernels are set from the pictures and never trained."""

KERNELS_STAY = (
    "These kernels were set before the first step, as the patterns in which the training pictures "
    "vary most, and training leaves them as they are."
)


def whitened_note(kind: str) -> str:
    """A paragraph on such a layer, by its kind; "" for the others."""
    if kind != "Whitening":
        return ""
    return f"<p>{KERNELS_STAY} So they have no gradient and no update; only the bias is learnt.</p>"
