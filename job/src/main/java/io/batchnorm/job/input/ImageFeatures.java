package io.batchnorm.job.input;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Samples from images: {@code (1, 1, H, W)} from grey ones and {@code (1, 3, H, W)}, red first,
 * from coloured ones, in [0, 1]. An alpha channel is dropped. Grey values are taken as they are
 * stored; no colour profile is applied.
 */
final class ImageFeatures {
  /** Suffixes that the JDK decodes. */
  static final List<String> SUFFIXES = List.of(".png", ".jpg", ".jpeg", ".bmp", ".gif");

  /** Pixels at the most; checked before the image is decoded. */
  private static final long MAX_PIXELS = 1L << 26;

  private ImageFeatures() {}

  static FeatureMap sample(Path path) throws IOException {
    BufferedImage image = decode(path);
    boolean grey = isGrey(image.getColorModel());
    int channels = grey ? 1 : 3;
    float[] values = grey ? fromRaster(image, 1) : colours(image);
    return FeatureMap.of(values, 1, channels, image.getHeight(), image.getWidth());
  }

  private static boolean isGrey(ColorModel model) {
    return model instanceof IndexColorModel palette
        ? isGreyRamp(palette)
        : model.getNumColorComponents() == 1;
  }

  /** Grey of 1, 2 or 4 bits is decoded to a palette whose entries are the grey values in order. */
  private static boolean isGreyRamp(IndexColorModel palette) {
    int max = palette.getMapSize() - 1;
    if (palette.getPixelSize() >= Byte.SIZE || max != (1 << palette.getPixelSize()) - 1) {
      return false;
    }
    for (int i = 0; i <= max; i++) {
      int grey = i * 255 / max;
      if (palette.getRGB(i) != (0xff000000 | grey << 16 | grey << 8 | grey)) {
        return false;
      }
    }
    return true;
  }

  private static float[] colours(BufferedImage image) {
    ColorModel model = image.getColorModel();
    boolean plain =
        !(model instanceof IndexColorModel)
            && model.getColorSpace().isCS_sRGB()
            && !model.isAlphaPremultiplied()
            && image.getRaster().getNumBands() >= 3;
    return plain ? fromRaster(image, 3) : fromRgb(image);
  }

  private static BufferedImage decode(Path path) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(new File(path.toString()))) {
      if (in == null) {
        throw new IOException(path + " cannot be opened");
      }
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw malformed(path, "it is no image");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        List<String> warnings = new ArrayList<>();
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        checkSize(path, reader);
        BufferedImage image = reader.read(0);
        // A truncated JPEG is filled with grey, and that is all that is said.
        if (!warnings.isEmpty()) {
          throw malformed(path, "it is damaged (%s)".formatted(warnings.get(0)));
        }
        return image;
      } catch (InvalidBatchException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        // The JDK's decoders answer damaged files with exceptions of all kinds.
        throw malformed(path, "it cannot be decoded (%s)".formatted(e.getMessage()));
      } finally {
        reader.dispose();
      }
    }
  }

  private static void checkSize(Path path, ImageReader reader) throws IOException {
    long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
    if (pixels > MAX_PIXELS) {
      throw new InvalidBatchException(
          RejectionReason.TOO_LARGE,
          "%s: it has %d pixels, at most %d are read; scale it down"
              .formatted(path, pixels, MAX_PIXELS));
    }
  }

  private static InvalidBatchException malformed(Path path, String sentence) {
    return new InvalidBatchException(
        RejectionReason.MALFORMED_INPUT,
        "%s: %s, wanted a whole PNG, JPEG, BMP or GIF image; write it again"
            .formatted(path, sentence));
  }

  private static float[] fromRaster(BufferedImage image, int channels) {
    Raster raster = image.getRaster();
    int width = image.getWidth();
    int height = image.getHeight();
    float[] values = new float[channels * width * height];
    int[] row = new int[width];
    int at = 0;
    for (int c = 0; c < channels; c++) {
      float max = (1 << depth(raster, c)) - 1;
      for (int y = 0; y < height; y++) {
        raster.getSamples(0, y, width, 1, c, row);
        for (int x = 0; x < width; x++) {
          values[at++] = row[x] / max;
        }
      }
    }
    return values;
  }

  private static int depth(Raster raster, int band) {
    int stored = raster.getDataBuffer().getDataType() == DataBuffer.TYPE_USHORT ? 16 : 8;
    return Math.min(stored, raster.getSampleModel().getSampleSize(band));
  }

  private static float[] fromRgb(BufferedImage image) {
    int width = image.getWidth();
    int pixels = width * image.getHeight();
    int[] rgb = image.getRGB(0, 0, width, image.getHeight(), null, 0, width);
    float[] values = new float[3 * pixels];
    for (int i = 0; i < pixels; i++) {
      values[i] = (rgb[i] >> 16 & 0xff) / 255f;
      values[pixels + i] = (rgb[i] >> 8 & 0xff) / 255f;
      values[2 * pixels + i] = (rgb[i] & 0xff) / 255f;
    }
    return values;
  }
}
