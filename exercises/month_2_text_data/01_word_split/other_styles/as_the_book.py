import re


def split_words(text):
    parts = re.split(r'([,.:;?_!"()\']|--|\s)', text)
    parts = [p.strip() for p in parts if p.strip()]
    return parts
