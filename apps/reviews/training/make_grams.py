"""Makes `grams.npz`. Needs scikit-learn."""

from __future__ import annotations

from apps.reviews.training import linear, options


def main() -> None:
    given = options.parser("make_grams", "Fits the linear model.").parse_args()
    given.weights.mkdir(parents=True, exist_ok=True)
    linear.fit(options.parts_in(given.data), given.weights / "grams.npz", given.seed)


if __name__ == "__main__":
    main()
