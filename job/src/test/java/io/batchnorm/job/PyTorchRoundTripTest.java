package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.demo.ImagesDemo;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Statistics that travel to real PyTorch and back, by the command line. */
class PyTorchRoundTripTest {
  private static final int PIXELS = 28 * 28;

  @TempDir Path folder;

  @Test
  void pyTorchServesTheOtherHalfOfTheImagesByWhatTheJobLearnedFromTheFirst() throws Exception {
    Path learn = folder.resolve("unpacked/input");
    Path serve = folder.resolve("serve");
    new ImagesDemo().unpack(folder.resolve("unpacked"));
    int half = moveEverySecond(learn, serve);
    Path statistics = folder.resolve("statistics.safetensors");
    NpyFolder out = new NpyFolder(folder.resolve("out"));

    Outcome learned =
        run("--input=images:" + learn, "--output=none", "--statistics-out=" + statistics);
    Outcome served =
        run(
            "--input=images:" + serve,
            "--output=npy:" + out.root(),
            "--mode=eval",
            "--statistics-in=" + statistics);

    assertThat(half).isBetween(990, 1000);
    assertThat(learned.counts())
        .startsWith("normalized %,d records".formatted(2000 - half))
        .endsWith("rejected 0");
    assertThat(served.counts())
        .isEqualTo("normalized %d records (%,d values), rejected 0".formatted(half, half * PIXELS));
    int compared = 0;
    for (String key : StatisticsFile.read(statistics).byKey().keySet()) {
      try (TorchLayer torch = new TorchLayer(1, 0.1, false)) {
        torch.load(statistics, key);
        for (Path image : files(serve.resolve(key))) {
          String id = image.getFileName().toString().replace(".png", "");
          float[] expected = torch.eval(pixels(image), 1, 1, 28, 28);
          float bound = (float) torch.bound(0, 1);
          assertThat(out.read(key + "/" + id + ".npy").values())
              .as("%s/%s", key, id)
              .containsExactly(expected, within(bound));
          compared++;
        }
      }
    }
    assertThat(compared).isEqualTo(half);
  }

  @Test
  void theJobServesALayerOfAPyTorchModelAmongConvolutions() throws Exception {
    Path model = folder.resolve("model.safetensors");
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    NpyFolder out = new NpyFolder(folder.resolve("out"));
    String key = "layer1.0.bn1";
    try (TorchLayer torch = new TorchLayer(3, 0.1, true)) {
      torch.setAffine(new float[] {1.5f, -0.25f, 3}, new float[] {0.125f, -2, 7});
      for (int step = 0; step < 5; step++) {
        torch.train(random(step, 4 * 3 * 5 * 6), 4, 3, 5, 6);
      }
      torch.save(
          model, key, Map.of("layer1.0.conv1.weight", new float[9], "fc.bias", new float[2]));
      float[] x = random(99, 2 * 3 * 7 * 7);
      in.values(key + "/x.npy", x, 2, 3, 7, 7);
      Path written = folder.resolve("written.safetensors");

      run(
          "--input=npy:" + in.root(),
          "--output=npy:" + out.root(),
          "--mode=eval",
          "--statistics-in=" + model,
          "--statistics-out=" + written);

      float[] expected = torch.eval(x, 2, 3, 7, 7);
      assertClose(out.read(key + "/x.npy").values(), expected, x, torch);
      try (TorchLayer again = new TorchLayer(3, 0.1, true)) {
        again.load(written, key);
        assertThat(again.eval(x, 2, 3, 7, 7)).as("what we write").isEqualTo(expected);
      }
    }
  }

  @Test
  void adaptationIsAPyTorchLayerThatSawTheBatchWithMomentumAlpha() throws Exception {
    Path model = folder.resolve("model.safetensors");
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    NpyFolder out = new NpyFolder(folder.resolve("out"));
    try (TorchLayer torch = new TorchLayer(2, 0.3, true)) {
      torch.setAffine(new float[] {1.5f, -2}, new float[] {0, 1});
      torch.train(random(1, 6 * 2 * 4 * 4), 6, 2, 4, 4);
      torch.save(model, "cam", Map.of());
      float[] x = random(2, 3 * 2 * 4 * 4);
      in.values("cam/x.npy", x, 3, 2, 4, 4);

      run(
          "--input=npy:" + in.root(),
          "--output=npy:" + out.root(),
          "--mode=eval",
          "--adapt=0.3",
          "--statistics-in=" + model);

      torch.train(x, 3, 2, 4, 4);
      assertClose(out.read("cam/x.npy").values(), torch.eval(x, 3, 2, 4, 4), x, torch);
    }
  }

  private static void assertClose(float[] y, float[] expected, float[] x, TorchLayer torch) {
    double maxAbs = 0;
    for (float value : x) {
      maxAbs = Math.max(maxAbs, Math.abs(value));
    }
    double bound = 0;
    for (int c = 0; c < 2; c++) {
      bound = Math.max(bound, torch.bound(c, maxAbs));
    }
    assertThat(y).containsExactly(expected, within((float) bound));
  }

  private static Outcome run(String... options) {
    String[] arguments = new String[options.length + 1];
    arguments[0] = "run";
    System.arraycopy(options, 0, arguments, 1, options.length);
    return Outcome.of(arguments).succeeded();
  }

  private static int moveEverySecond(Path from, Path to) throws IOException {
    int moved = 0;
    for (Path key : files(from)) {
      Path target = Files.createDirectories(to.resolve(key.getFileName()));
      List<Path> images = files(key);
      for (int i = 1; i < images.size(); i += 2) {
        Files.move(images.get(i), target.resolve(images.get(i).getFileName()));
        moved++;
      }
    }
    return moved;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static float[] pixels(Path image) throws IOException {
    Raster raster = ImageIO.read(image.toFile()).getRaster();
    float[] pixels = new float[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      pixels[i] = raster.getSample(i % 28, i / 28, 0) / 255f;
    }
    return pixels;
  }

  private static float[] random(int seed, int count) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (3 + 2 * random.nextGaussian());
    }
    return values;
  }
}
