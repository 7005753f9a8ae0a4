"""Makes the model files of `gilmok_reviews.sentiment`. See README.md."""
