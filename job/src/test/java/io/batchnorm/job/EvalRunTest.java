package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.exchange.SafetensorsFile;
import io.batchnorm.exchange.StatisticsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalRunTest {
  private static final RunningStatistics LAYER =
      RunningStatistics.of(
              12, RunningStatistics.UNKNOWN_COUNT, new double[] {0.5, -2}, new double[] {0.25, 9})
          .withAffine(Affine.of(new float[] {2, -1}, new float[] {0.125f, 3}));

  @TempDir Path folder;
  private NpyFolder in;
  private NpyFolder out;
  private Path loaded;
  private FeatureMap first;
  private FeatureMap second;

  @BeforeEach
  void prepare() throws Exception {
    in = new NpyFolder(folder.resolve("in"));
    out = new NpyFolder(folder.resolve("out"));
    first = in.random("features.1.bn/1.npy", 1, 2, 3, 3);
    second = in.random("features.1.bn/2.npy", 4, 2, 2, 2);
    loaded = folder.resolve("model.safetensors");
    RunningStatistics unseen =
        RunningStatistics.of(3, 77, new double[] {0.1}, new double[] {Double.POSITIVE_INFINITY})
            .withAffine(Affine.of(null, new float[] {-0f}));
    StatisticsFile.write(
        loaded,
        Map.of("features.1.bn", LAYER, "never.seen", unseen),
        true,
        Map.of("averaging", "population", "author", "somebody"));
  }

  @Test
  void servesWithLoadedStatisticsWeightAndBiasAndWritesAllOfThemBackByteForByte() throws Exception {
    in.random("features.1.bn/3.npy", 2, 3, 2, 2);
    Path written = folder.resolve("written.safetensors");
    EagerModel model = new EagerModel();
    model.load("features.1.bn", LAYER);

    Outcome outcome = run("--statistics-in=" + loaded, "--statistics-out=" + written);

    assertThat(out.read("features.1.bn/1.npy").values())
        .isEqualTo(model.eval("features.1.bn", first));
    assertThat(out.read("features.1.bn/2.npy").values())
        .isEqualTo(model.eval("features.1.bn", second));
    assertThat(outcome.counts()).isEqualTo("normalized 2 records (50 values), rejected 1");
    assertThat(outcome.out()).contains("they are:\n  features.1.bn/3: channel_mismatch: input");
    assertThat(tensors(written)).isEqualTo(tensors(loaded)).hasSize(10);
    assertThat(written).as("metadata too").hasSameBinaryContentAs(loaded);
  }

  @Test
  void rejectsAKeyWithoutStatisticsOrServesItWithTheInitialOnesIfAskedTo() throws Exception {
    FeatureMap stranger = in.random("stranger/1.npy", 1, 3);
    Path written = folder.resolve("written.safetensors");

    run("--statistics-in=" + loaded, "--rejected=jsonl:" + folder.resolve("rejected"));
    assertThat(JsonRows.reasons(folder.resolve("rejected")))
        .isEqualTo(Map.of("stranger/1", "no_statistics"));
    assertThat(out.root().resolve("stranger")).doesNotExist();

    run("--unknown-key=initial", "--statistics-in=" + loaded, "--statistics-out=" + written);
    EagerModel model =
        new EagerModel(BatchNormConfig.builder().unknownKey(UnknownKey.INITIAL).build());
    model.load("stranger", RunningStatistics.initial(3));
    assertThat(out.read("stranger/1.npy").values()).isEqualTo(model.eval("stranger", stranger));
    assertThat(tensors(written)).as("nothing was learned").isEqualTo(tensors(loaded));
  }

  @Test
  void goesOnLearningInTrainModeAndKeepsWeightAndBias() throws Exception {
    Path written = folder.resolve("written.safetensors");
    EagerModel model = new EagerModel();
    model.load("features.1.bn", LAYER);
    float[] expected = model.train("features.1.bn", first);
    model.train("features.1.bn", second);

    Outcome.of(
            "run",
            "--input=npy:" + in.root(),
            "--output=npy:" + out.root(),
            "--statistics-in=" + loaded,
            "--statistics-out=" + written)
        .succeeded();

    assertThat(out.read("features.1.bn/1.npy").values()).isEqualTo(expected);
    RunningStatistics learned = StatisticsFile.read(written).byKey().get("features.1.bn");
    RunningStatistics wanted = model.statistics().get("features.1.bn");
    assertThat(learned.numBatchesTracked()).isEqualTo(14);
    assertThat(learned.meanAsFloats()).isEqualTo(wanted.meanAsFloats());
    assertThat(learned.varAsFloats()).isEqualTo(wanted.varAsFloats());
    assertThat(learned.affine()).isEqualTo(LAYER.affine());
  }

  private Outcome run(String... options) {
    String[] arguments = new String[options.length + 4];
    arguments[0] = "run";
    arguments[1] = "--input=npy:" + in.root();
    arguments[2] = "--output=npy:" + out.root();
    arguments[3] = "--mode=eval";
    System.arraycopy(options, 0, arguments, 4, options.length);
    return Outcome.of(arguments).succeeded();
  }

  /** Type, shape and bytes of every tensor. */
  private static Map<String, String> tensors(Path path) throws Exception {
    Map<String, String> tensors = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String name : file.tensors().keySet()) {
        ByteBuffer data = file.tensor(name).data();
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        tensors.put(name, file.tensor(name) + " " + HexFormat.of().formatHex(bytes));
      }
    }
    return tensors;
  }
}
