"""What a restaurant's reviews amount to: moods with intervals, a summary that cites, strengths."""
