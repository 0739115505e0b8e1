"""Pictures and clips as a reader would find them: sizes, codec traces, frames sampled from a recording."""
import io

from PIL import Image

from .pixels import sample_indices, stamps

# mostly small, so that many fit into a batch; some as large as a screenshot that was not reduced
IMAGE_SIZES = [(256, 256), (288, 224), (224, 288), (320, 224), (256, 224), (300, 220), (320, 256)] * 2 + [(416, 320), (480, 352)]
THUMBNAILS = [(128, 128), (160, 128), (128, 160)]
CLIP_SIZES = [(208, 160), (208, 160), (240, 136), (176, 176)]


def rough(image, rng):
    """What a camera or a codec leaves of a picture."""
    if rng.random() < 0.4:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=rng.randint(60, 95))
        image = Image.open(buffer).convert("RGB")
    return image


def clip_media(scene, p, rng):
    """("video", frames, stamps) of a recording of 2 to 8 seconds, sampled as the reader does."""
    fps = rng.choice([8, 10, 12, 15])
    total = rng.randint(2 * fps, 4 * fps) if rng.random() < 0.85 else rng.randint(4 * fps, 8 * fps)
    indices = sample_indices(total, fps)
    frames = scene.paint(p, rng, rng.choice(CLIP_SIZES), len(indices))
    return ("video", [rough(f, rng) for f in frames], stamps(indices, fps))
