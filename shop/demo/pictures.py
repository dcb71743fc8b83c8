from PIL import Image

from storefront.kernel import drawing


def draw(row):
    return drawing.jpeg(Image.new("RGB", (600, 600), "#d0e8c0"))
