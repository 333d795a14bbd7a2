"""What the terminal says of a run that has ended."""

from pathlib import Path

UNITS = ("FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP")


def summary(result: dict, run_dir: Path, precision: str, threads: int) -> str:
    """A line for each figure. result: as in result.json; what is None there has no line.

    precision, threads: of the products that the peak was measured with.
    """
    lines = {
        "status": result["status"],
        "steps": f"{result['steps']:,}",
        "training time": f"{result['train_seconds']:,.1f} s",
        "speed": f"{result['images_per_second']:,.0f} pictures/s",
    }
    if result["test_accuracy"] is not None:
        lines["test accuracy"] = f"{result['test_accuracy']:.2%}"
    if result["flops"]:
        lines["model FLOPs"] = f"{amount(result['flops'])} in all"
    if result["gflops_per_second"]:
        speed, peak = result["gflops_per_second"], result["peak_gflops_per_second"]
        lines["arithmetic"] = (
            f"{amount(speed * 1e9)}/s over the steps, {speed / peak:.0%} of {amount(peak * 1e9)}/s,"
            f" which a large matrix product reaches here ({precision}, threads: {threads})"
        )
    lines["run"] = str(run_dir)
    return "\n".join(f"{name:15}{text}" for name, text in lines.items())


def amount(flops: float) -> str:
    """1234567 as 1.23 MFLOP."""
    for unit in UNITS:
        if flops < 999.5 or unit == UNITS[-1]:
            break
        flops /= 1000
    return f"{flops:.3g} {unit}"
