"""Runs and caches live in the user's folders, never in the checkout."""

from pathlib import Path

from cifar_core.paths import cache_dir, runs_dir

ROOT = Path(__file__).resolve().parents[2]


def test_runs_default_to_the_users_data_folder(monkeypatch):
    monkeypatch.delenv("CIFAR_RUNS", raising=False)
    assert runs_dir().parts[-2:] == ("my-first-neural-net", "runs")
    assert ROOT not in runs_dir().parents


def test_caches_are_in_the_users_cache_folder():
    assert "my-first-neural-net" in cache_dir().parts and ROOT not in cache_dir().parents


def test_the_environment_names_another_folder_for_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("CIFAR_RUNS", str(tmp_path))
    assert runs_dir() == tmp_path
