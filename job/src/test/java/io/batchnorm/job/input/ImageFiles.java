package io.batchnorm.job.input;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Images for tests. */
public final class ImageFiles {
  private ImageFiles() {}

  /** Writes the image in the format of the file's suffix. */
  public static Path write(BufferedImage image, Path file) throws IOException {
    Files.createDirectories(file.getParent());
    String name = file.toString();
    if (!ImageIO.write(image, name.substring(name.lastIndexOf('.') + 1), file.toFile())) {
      throw new IOException("the JDK cannot write " + image + " as " + name);
    }
    return file;
  }

  /** Two rows, with these samples in the order of the image's own bands. */
  static BufferedImage twoRows(int type, int... samples) {
    BufferedImage probe = new BufferedImage(1, 1, type);
    int width = samples.length / 2 / probe.getRaster().getNumBands();
    BufferedImage image = new BufferedImage(width, 2, type);
    WritableRaster raster = image.getRaster();
    raster.setPixels(0, 0, width, 2, samples);
    return image;
  }

  /** A grey image whose pixels follow from {@code seed}. */
  public static BufferedImage grey(int seed, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.getRaster().setSample(x, y, 0, (seed * 37 + y * 11 + x * x * 5) & 0xff);
      }
    }
    return image;
  }

  /** The start of a PNG file that announces that size, followed by nothing. */
  static byte[] pngHeader(int width, int height) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream png = new DataOutputStream(bytes);
    png.writeLong(0x89504e470d0a1a0aL);
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream fields = new DataOutputStream(header);
    fields.writeInt(width);
    fields.writeInt(height);
    fields.write(new byte[] {8, 0, 0, 0, 0});
    chunk("IHDR", header.toByteArray(), png);
    chunk("IDAT", new byte[0], png);
    return bytes.toByteArray();
  }

  private static void chunk(String type, byte[] content, DataOutputStream png) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(type.getBytes(StandardCharsets.US_ASCII));
    crc.update(content);
    png.writeInt(content.length);
    png.writeBytes(type);
    png.write(content);
    png.writeInt((int) crc.getValue());
  }
}
