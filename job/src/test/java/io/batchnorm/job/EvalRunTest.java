package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.batchnorm.core.Affine;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Fingerprint;
import io.batchnorm.core.InputRank;
import io.batchnorm.core.Mode;
import io.batchnorm.core.Moments;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.exchange.KeyNote;
import io.batchnorm.exchange.SafetensorsFile;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.exchange.StatisticsFileWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
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
  void saysWhichStatisticsItServedWith() throws Exception {
    String fingerprint = Fingerprint.of(StatisticsFile.read(loaded).byKey());

    Outcome outcome = run("--statistics-in=" + loaded);

    assertThat(outcome.out())
        .contains(
            "started from the statistics of 2 keys, fingerprint %s\n"
                .formatted(fingerprint.substring(0, 16)));
  }

  @Test
  void readsNormalizesAndWritesInOneTaskAndShufflesNothing() throws Exception {
    RunCommand command = new RunCommand();
    command.input = "npy:" + in.root();
    command.output = "npy:" + out.root();
    command.mode = Mode.EVAL;
    command.statisticsIn = loaded.toString();
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(2);

    new RunJob(RunOptions.of(command).orThrow()).build(env);

    List<JobVertex> vertices =
        env.getStreamGraph().getJobGraph().getVerticesSortedTopologicallyFromSources();
    assertThat(vertices).hasSize(2);
    assertThat(vertices.get(0).getName())
        .contains("files", "read", "batchnorm-serving", "count", "output");
    assertThat(vertices.get(1).getName()).as("rejected records alone").startsWith("count-rejected");
  }

  @Test
  void servesManyKeysAtAnyParallelism() throws Exception {
    Map<String, RunningStatistics> byKey = new TreeMap<>();
    EagerModel model = new EagerModel();
    for (int key = 0; key < 20; key++) {
      RunningStatistics statistics =
          RunningStatistics.of(key, -1, new double[] {key, 0.1}, new double[] {1 + key, 0.3});
      byKey.put("k" + key, statistics);
      model.load("k" + key, statistics);
    }
    StatisticsFileWriter.of(byKey).withFloat64().write(loaded);
    Map<String, FeatureMap> inputs = new TreeMap<>();
    for (int i = 0; i < 100; i++) {
      String path = "k%d/sub/%d.npy".formatted(i % 20, i);
      inputs.put(path, in.random(path, 3, 2));
    }

    Outcome outcome = run("--statistics-in=" + loaded, "--parallelism=3");

    assertThat(outcome.counts()).isEqualTo("normalized 100 records (600 values), rejected 2");
    inputs.forEach(
        (path, x) ->
            assertThat(out.read(path).values())
                .isEqualTo(model.eval(path.substring(0, path.indexOf('/')), x)));
  }

  @Test
  void writesBackWhatElseTheFileSaysOfItsKeys() throws Exception {
    RunningStatistics exact =
        RunningStatistics.of(3, 12, new double[] {0.1, 1}, new double[] {0.3, 1});
    StatisticsFileWriter.of(Map.of("features.1.bn", exact))
        .withFloat64()
        .withNotes(Map.of("features.1.bn", new KeyNote(true, Optional.of(InputRank.TWO_D), 7)))
        .withMetadata(Map.of("averaging", "cumulative"))
        .write(loaded);
    Path written = folder.resolve("written.safetensors");

    run("--statistics-in=" + loaded, "--statistics-out=" + written);

    assertThat(written).hasSameBinaryContentAs(loaded);
  }

  @Test
  void adaptsTheLoadedStatisticsToEachBatchAndKeepsThem() throws Exception {
    Path written = folder.resolve("written.safetensors");
    Path lines = folder.resolve("lines");

    Outcome.of(
            "run",
            "--input=npy:" + in.root(),
            "--output=jsonl:" + lines,
            "--mode=eval",
            "--adapt=0.25",
            "--statistics-in=" + loaded,
            "--statistics-out=" + written)
        .succeeded();

    assertThat(tensors(written)).isEqualTo(tensors(loaded));
    Map<String, JsonNode> rows =
        JsonRows.read(lines).stream()
            .collect(Collectors.toMap(row -> row.path("id").asText(), row -> row));
    assertThat(rows.keySet()).containsExactlyInAnyOrder("1", "2");
    assertThat(rows.get("2").path("mode").asText()).isEqualTo("adapt");
    assertThat(rows.get("2").path("num_batches_tracked").asLong()).isEqualTo(12);
    assertThat(values(rows.get("2"))).containsExactly(adapted(second, 0.25), within(1e-5f));
  }

  @Test
  void adaptsSamplesBatchByBatch() throws Exception {
    List<FeatureMap> samples = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      float[] values = in.random("features.1.bn/s%d.npy".formatted(i), 1, 2, 3).values();
      in.values("features.1.bn/s%d.npy".formatted(i), values, 2, 3);
      samples.add(FeatureMap.of(values, 1, 2, 3));
    }
    Files.delete(in.root().resolve("features.1.bn/1.npy"));
    Files.delete(in.root().resolve("features.1.bn/2.npy"));

    run("--statistics-in=" + loaded, "--adapt=0.5", "--batch-size=3", "--parallelism=2");

    for (List<Integer> batch : List.of(List.of(0, 1, 2), List.of(3, 4))) {
      float[] y = adapted(FeatureMap.stack(batch.stream().map(samples::get).toList()), 0.5);
      for (int n = 0; n < batch.size(); n++) {
        assertThat(out.read("features.1.bn/s%d.npy".formatted(batch.get(n))).values())
            .containsExactly(Arrays.copyOfRange(y, 6 * n, 6 * n + 6), within(1e-5f));
      }
    }
  }

  /**
   * Each channel by hand: as a PyTorch layer of momentum alpha that saw this batch, in eval mode.
   */
  private static float[] adapted(FeatureMap x, double alpha) {
    Moments batch = Moments.of(x);
    float[] y = new float[x.values().length];
    int spatial = x.values().length / x.shape()[0] / 2;
    for (int i = 0; i < y.length; i++) {
      int c = i / spatial % 2;
      double mean = (1 - alpha) * LAYER.mean(c) + alpha * batch.mean(c);
      double var = (1 - alpha) * LAYER.var(c) + alpha * batch.unbiasedVar(c);
      Affine affine = LAYER.affine().orElseThrow();
      double scale = affine.weight(c) / Math.sqrt(var + 1e-5);
      y[i] = (float) Math.fma(x.values()[i] - mean, scale, affine.bias(c));
    }
    return y;
  }

  private static float[] values(JsonNode row) {
    JsonNode values = row.path("values");
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return floats;
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
