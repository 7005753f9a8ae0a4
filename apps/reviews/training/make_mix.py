"""Makes `mix.json` from the other two model files. Needs scikit-learn."""

from __future__ import annotations

from apps.reviews.training import mixing, options


def main() -> None:
    given = options.parser("make_mix", "Fits the probabilities.").parse_args()
    mixing.fit(options.parts_in(given.data), given.weights)


if __name__ == "__main__":
    main()
