"""What a learner carries away of a run: programs, curves, weights, pictures, all of it as a zip."""
