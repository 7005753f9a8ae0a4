"""What is asked for besides chat: vectors, pictures, speech, transcripts, videos.

Each is a chat request in other words: it takes the same way through the gateway, and nothing here
decides where a text may go. Recordings come as `multipart/form-data`; videos take long, so they are
jobs.
"""
