"""A coffee kiosk that takes orders in Korean and English: an OpenAI client user of Gilmok."""
