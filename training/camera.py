"""What cameras and codecs do to a picture."""
import cv2
import numpy as np

GREY = np.array([0.299, 0.587, 0.114])


def degrade(picture, random):
    """Colour, light, night, infrared, rain, blur, noise and compression, each by chance."""
    if random.random() < 0.8:
        picture = colour(picture, random)
    dark = random.random()
    if dark < 0.1:
        picture = noise(night(picture, random), random)
    elif dark < 0.14:
        picture = noise(infrared(picture, random), random)
    elif dark < 0.35:
        picture = gamma(picture, np.exp(random.uniform(-0.5, 0.5)), 255)
    if random.random() < 0.04:
        picture = rain(picture, random)
    if random.random() < 0.12:
        picture = blur(picture, random)
    if random.random() < 0.1:
        picture = noise(picture, random)
    if random.random() < 0.16:
        picture = compress(picture, random)
    return picture


def colour(picture, random):
    saturation = 0 if random.random() < 0.08 else random.uniform(0.5, 1.5)
    contrast = random.uniform(0.75, 1.3)
    gain = contrast * random.uniform(0.9, 1.1, 3)
    matrix = ((1 - saturation) * np.outer(np.ones(3), GREY) + saturation * np.eye(3))
    shift = random.uniform(-24, 24) + 110 * (1 - contrast)
    return cv2.transform(picture, np.concatenate(
        [matrix * gain[:, None], np.full((3, 1), shift)], 1))


def gamma(picture, exponent, white):
    table = (np.arange(256) / 255.0) ** exponent * white
    return cv2.LUT(picture, table.astype(np.uint8))


def night(picture, random):
    return gamma(picture, random.uniform(1.6, 3.0), random.uniform(150, 255))


def infrared(picture, random):
    """Grey, flat, and lit from beside the lens."""
    height, width = picture.shape[:2]
    grey = cv2.transform(picture, GREY[None])
    y, x = np.mgrid[:height, :width].astype(np.float32)
    cx, cy = random.uniform(0.3, 0.7) * width, random.uniform(0.3, 0.8) * height
    far = ((x - cx) / width) ** 2 + ((y - cy) / height) ** 2
    lit = random.uniform(0.7, 1.2) * np.exp(-far * random.uniform(1, 6))
    return cv2.merge([cv2.multiply(grey.astype(np.float32), lit, dtype=cv2.CV_8U)] * 3)


def noise(picture, random):
    # Three bytes added up are near enough to a bell curve, and quicker than one.
    grain = random.integers(0, 256, (3, *picture.shape), np.uint8).sum(0, dtype=np.float32)
    grain = (grain - 382.5) * (random.uniform(2, 14) / 128)
    return cv2.add(picture, grain, dtype=cv2.CV_8U)


def rain(picture, random):
    height, width = picture.shape[:2]
    drops = (random.random((height, width), np.float32) > random.uniform(0.985, 0.996))
    length = int(random.integers(7, 15))
    kernel = np.zeros((length, length), np.float32)
    lean = random.uniform(-0.4, 0.4)
    for step in range(length):
        kernel[step, int(np.clip(length / 2 + lean * (step - length / 2), 0, length - 1))] = 1
    streaks = cv2.filter2D(drops.astype(np.float32), -1, kernel) * random.uniform(30, 90)
    return cv2.add(picture, cv2.merge([np.minimum(streaks, 120)] * 3), dtype=cv2.CV_8U)


def blur(picture, random):
    if random.random() < 0.4:
        return cv2.blur(picture, (2 * int(random.integers(1, 3)) + 1, 1))
    return cv2.GaussianBlur(picture, (3, 3), random.uniform(0.4, 1.2))


def compress(picture, random):
    """Blocks as JPEG leaves them, or blocks smoothed over as a video codec's filter leaves them."""
    video = random.random() < 0.5
    quality = int(random.integers(8, 35) if video else random.integers(20, 70))
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return cv2.medianBlur(picture, 3) if video else picture
