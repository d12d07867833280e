package io.batchnorm.job.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFeaturesTest {
  @TempDir Path folder;

  @Test
  void dividesGreyOfEightBitsBy255() throws Exception {
    int[] grey = {0, 1, 127, 128, 254, 255};

    FeatureMap sample = png(ImageFiles.twoRows(BufferedImage.TYPE_BYTE_GRAY, grey));

    assertThat(sample.shape()).containsExactly(1, 1, 2, 3);
    assertThat(sample.values()).isEqualTo(quotients(grey, 255));
  }

  @Test
  void dividesGreyOfSixteenBitsBy65535() throws Exception {
    int[] grey = {0, 1, 255, 256, 32768, 65535};

    FeatureMap sample = png(ImageFiles.twoRows(BufferedImage.TYPE_USHORT_GRAY, grey));

    assertThat(sample.shape()).containsExactly(1, 1, 2, 3);
    assertThat(sample.values()).isEqualTo(quotients(grey, 65535));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void takesGreyOfFewBitsAsGrey(int bits) throws Exception {
    int max = (1 << bits) - 1;
    byte[] ramp = new byte[max + 1];
    for (int i = 0; i <= max; i++) {
      ramp[i] = (byte) (i * 255 / max);
    }
    IndexColorModel model = new IndexColorModel(bits, max + 1, ramp, ramp, ramp);
    BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_BINARY, model);
    image.getRaster().setPixels(0, 0, 2, 2, new int[] {0, max, max / 2, 1});

    FeatureMap sample = png(image);

    assertThat(sample.shape()).containsExactly(1, 1, 2, 2);
    assertThat(sample.values()).isEqualTo(quotients(new int[] {0, max, max / 2, 1}, max));
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp"})
  void putsRedBeforeGreenBeforeBlueAndEachChannelRowByRow(String suffix) throws Exception {
    int[] rgb = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255};
    BufferedImage image = ImageFiles.twoRows(BufferedImage.TYPE_3BYTE_BGR, rgb);

    FeatureMap sample =
        ImageFeatures.sample(ImageFiles.write(image, folder.resolve("a." + suffix)));

    assertThat(sample.shape()).containsExactly(1, 3, 2, 2);
    assertThat(sample.values())
        .isEqualTo(quotients(new int[] {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 255}, 255));
  }

  @Test
  void dropsAlphaAndKeepsTheColourUnderIt() throws Exception {
    int[] rgba = {1, 2, 3, 0, 4, 5, 6, 255, 7, 8, 9, 128, 10, 11, 12, 1};

    FeatureMap sample = png(ImageFiles.twoRows(BufferedImage.TYPE_4BYTE_ABGR, rgba));

    assertThat(sample.shape()).containsExactly(1, 3, 2, 2);
    assertThat(sample.values())
        .isEqualTo(quotients(new int[] {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12}, 255));
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif"})
  void looksUpTheColoursOfAPalette(String suffix) throws Exception {
    byte[] red = {(byte) 255, 0, 10};
    byte[] green = {0, (byte) 128, 20};
    byte[] blue = {0, 1, 30};
    IndexColorModel model = new IndexColorModel(8, 3, red, green, blue);
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_INDEXED, model);
    image.getRaster().setPixels(0, 0, 3, 1, new int[] {2, 0, 1});

    FeatureMap sample =
        ImageFeatures.sample(ImageFiles.write(image, folder.resolve("a." + suffix)));

    assertThat(sample.shape()).containsExactly(1, 3, 1, 3);
    assertThat(sample.values())
        .isEqualTo(quotients(new int[] {10, 255, 0, 20, 0, 128, 30, 0, 1}, 255));
  }

  @Test
  void decodesJpegAboutAsItWas() throws Exception {
    BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 16 * 8; i++) {
      image.setRGB(i % 16, i / 16, 0xff8000);
    }

    FeatureMap sample = ImageFeatures.sample(ImageFiles.write(image, folder.resolve("a.jpg")));

    assertThat(sample.shape()).containsExactly(1, 3, 8, 16);
    assertThat(sample.values()[0]).isCloseTo(1f, within(0.03f));
    assertThat(sample.values()[128]).isCloseTo(0.5f, within(0.03f));
    assertThat(sample.values()[256]).isCloseTo(0f, within(0.03f));
  }

  @Test
  void refusesAHugeImageByItsHeaderAlone() throws Exception {
    Path file = Files.write(folder.resolve("bomb.png"), ImageFiles.pngHeader(100_000, 100_000));

    assertRejected(file, RejectionReason.TOO_LARGE, "10000000000 pixels", "scale it down");
  }

  @Test
  void refusesWhatIsNoImage() throws Exception {
    Random random = new Random(7);
    byte[] noise = new byte[5000];
    random.nextBytes(noise);

    for (byte[] content :
        new byte[][] {{}, {1}, "GIF".getBytes(StandardCharsets.US_ASCII), noise}) {
      Path file = Files.write(folder.resolve("a.png"), content);
      assertRejected(file, RejectionReason.MALFORMED_INPUT, "it is no image", "wanted a whole PNG");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "gif", "bmp"})
  void answersADamagedImageWithAnImageOrAReasonNeverWithAnError(String suffix) throws Exception {
    byte[] whole =
        Files.readAllBytes(
            ImageFiles.write(ImageFiles.grey(3, 40, 30), folder.resolve("whole." + suffix)));
    Random random = new Random(11);

    int refused = 0;
    for (int i = 0; i < 300; i++) {
      byte[] damaged =
          Arrays.copyOf(whole, i % 2 == 0 ? random.nextInt(whole.length) : whole.length);
      for (int flips = 0; flips < i % 5 && damaged.length > 0; flips++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      Path file = Files.write(folder.resolve("damaged." + suffix), damaged);
      try {
        ImageFeatures.sample(file);
      } catch (InvalidBatchException e) {
        refused++;
        assertThat(e.reason()).isIn(RejectionReason.MALFORMED_INPUT, RejectionReason.TOO_LARGE);
        assertThat(e).hasMessageContaining(file.toString());
      }
    }
    assertThat(refused).isGreaterThan(50);
  }

  @Test
  void saysNothingOnTheTerminalAboutAFileThatIsGone() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      assertThatThrownBy(() -> ImageFeatures.sample(folder.resolve("gone.png")))
          .isInstanceOf(IOException.class);
    } finally {
      System.setErr(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  private FeatureMap png(BufferedImage image) throws Exception {
    return ImageFeatures.sample(ImageFiles.write(image, folder.resolve("image.png")));
  }

  private static float[] quotients(int[] samples, float max) {
    float[] quotients = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      quotients[i] = samples[i] / max;
    }
    return quotients;
  }

  private static void assertRejected(Path file, RejectionReason reason, String... words) {
    assertThatThrownBy(() -> ImageFeatures.sample(file))
        .isInstanceOfSatisfying(
            InvalidBatchException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(file.toString())
        .hasMessageContainingAll(words);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void refusesAJpegThatWasCutShort(int divisor) throws Exception {
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < 64 * 64; i++) {
      image.setRGB(i % 64, i / 64, i * 7919);
    }
    Path whole = ImageFiles.write(image, folder.resolve("whole.jpg"));
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = folder.resolve("cut.jpg");
    Files.write(cut, Arrays.copyOf(bytes, bytes.length - bytes.length / divisor));

    assertThat(ImageFeatures.sample(whole).shape()).containsExactly(1, 3, 64, 64);
    assertThatThrownBy(() -> ImageFeatures.sample(cut))
        .isInstanceOf(InvalidBatchException.class)
        .hasMessageContaining("it is damaged (")
        .extracting(e -> ((InvalidBatchException) e).reason())
        .isEqualTo(RejectionReason.MALFORMED_INPUT);
  }
}
