"""The pretrained encoder, taken from a wheel, and what fine-tuning it takes."""
