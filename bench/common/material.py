"""What benches ask about. Every function draws from the random.Random that it is given."""
import io
import json

WORDS = 'the pump and valve fan with filter cable port rack for sensor motor gauge clean replace check open close leak noise'.split()
WIDTH, HEIGHT, GRAIN = 1024, 768, 16


def words(chooser, count):
    return ' '.join(chooser.choices(WORDS, k=count))


def picture(chooser):
    """JPEG bytes: soft patches with some grain, as compressible as a photo. Needs Pillow."""
    from PIL import Image
    soft = Image.frombytes('RGB', (WIDTH // GRAIN, HEIGHT // GRAIN), chooser.randbytes(WIDTH * HEIGHT // GRAIN ** 2 * 3))
    grain = Image.frombytes('L', (WIDTH // 2, HEIGHT // 2), chooser.randbytes(WIDTH * HEIGHT // 4)).resize((WIDTH, HEIGHT))
    image = Image.blend(soft.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), Image.merge('RGB', [grain] * 3), 0.1)
    out = io.BytesIO()
    image.save(out, 'JPEG', quality=90)
    return out.getvalue()


def body_of(query, documents):
    return json.dumps({'query': query, 'documents': documents, 'timeout_ms': 600000, 'on_document_error': 'fail'}).encode()
