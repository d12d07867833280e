package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.batchnorm.core.Averaging;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.NonFinite;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainRunTest {
  private static final Map<String, String> METADATA =
      Map.of(
          "format", "pt",
          "version", "2",
          "eps", "1.0E-5",
          "averaging", "exponential",
          "momentum", "0.1");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"1, hashmap", "3, hashmap", "3, rocksdb"})
  void isCoreBatchNormOverTheFilesOfAKeyInPathOrderBitForBit(int parallelism, String backend)
      throws Exception {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    Map<String, FeatureMap> batches = new LinkedHashMap<>();
    for (String path : List.of("a/1", "a/10", "a/2", "a/2/1", "a/2a", "a/Z/9", "a/z")) {
      batches.put(path, in.random(path + ".npy", 6, 3));
    }
    for (int i = 0; i < 12; i++) {
      String image = "cam 1/2024/%02d".formatted(i);
      batches.put(image, in.random(image + ".npy", 2, 2, 3 + i, 4));
      String volume = "küche/%02d".formatted(i);
      batches.put(volume, in.random(volume + ".npy", 1, 4, 2, 2, 2));
    }
    Path statistics = folder.resolve("out/s.safetensors");

    Outcome outcome =
        Outcome.of(
                "run",
                "--input=npy:" + in.root(),
                "--output=npy:" + folder.resolve("out/npy"),
                "--statistics-out=" + statistics,
                "--parallelism=" + parallelism,
                "--state-backend=" + backend)
            .succeeded();

    EagerModel model = new EagerModel();
    NpyFolder out = new NpyFolder(folder.resolve("out/npy"));
    long values = 0;
    for (Map.Entry<String, FeatureMap> batch : batches.entrySet()) {
      String key = batch.getKey().substring(0, batch.getKey().indexOf('/'));
      var written = out.read(batch.getKey() + ".npy");
      assertThat(written.shape()).isEqualTo(batch.getValue().shape());
      assertThat(written.values()).isEqualTo(model.train(key, batch.getValue()));
      values += written.values().length;
    }
    assertThat(out.contents()).hasSize(31);
    assertThat(outcome.counts())
        .isEqualTo(String.format("normalized 31 records (%,d values), rejected 0", values));
    assertThat(outcome.out().lines()).hasSize(1);
    assertStatistics(statistics, model.statistics(), METADATA);
  }

  @Test
  void writesLinesThatSayWhereEachBatchCameFrom() throws Exception {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    EagerModel model = new EagerModel();
    List<float[]> expected = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      expected.add(model.train("a", in.random("a/b/%d.npy".formatted(i), 4, 2, 2)));
    }
    run("--output=jsonl:" + folder.resolve("out"));

    run("--output=jsonl:" + folder.resolve("out"), "--freeze-after=2");

    List<JsonNode> rows = JsonRows.read(folder.resolve("out"));
    assertThat(rows).as("of the second run alone").hasSize(3);
    assertThat(rows).extracting(JsonRows::name).containsExactly("a/b/1", "a/b/2", "a/b/3");
    assertThat(rows)
        .extracting(row -> row.get("mode").textValue() + row.get("num_batches_tracked"))
        .containsExactly("train1", "train2", "eval2");
    assertThat(rows).extracting(row -> row.get("shape").toString()).containsOnly("[4,2,2]");
    assertThat(JsonRows.values(rows.get(0))).isEqualTo(expected.get(0));
    assertThat(JsonRows.values(rows.get(1))).isEqualTo(expected.get(1));
  }

  @ParameterizedTest
  @CsvSource({"cumulative", "population", "exponential"})
  void goesOnFromTheStatisticsOfAnEarlierRunAsIfItHadNeverStopped(String averaging)
      throws Exception {
    NpyFolder all = new NpyFolder(folder.resolve("in"));
    for (int i = 0; i < 8; i++) {
      FeatureMap x = all.random("a/%d.npy".formatted(i), 3 + i, 2);
      new NpyFolder(folder.resolve(i < 5 ? "first" : "second"))
          .values("a/%d.npy".formatted(i), x.values(), x.shape());
    }
    String option = "--averaging=" + averaging;
    Path whole = folder.resolve("whole.safetensors");
    Path parts = folder.resolve("parts.safetensors");

    run("--output=none", option, "--statistics-out=" + whole);
    runOn("first", "--output=none", option, "--statistics-out=" + parts);
    runOn(
        "second", "--output=none", option, "--statistics-in=" + parts, "--statistics-out=" + parts);

    RunningStatistics expected = StatisticsFile.read(whole).byKey().get("a");
    RunningStatistics resumed = StatisticsFile.read(parts).byKey().get("a");
    assertThat(resumed.numBatchesTracked()).isEqualTo(8).isEqualTo(expected.numBatchesTracked());
    assertThat(resumed.count()).isEqualTo(expected.count());
    assertThat(resumed.count())
        .isEqualTo(averaging.equals("population") ? 52 : RunningStatistics.UNKNOWN_COUNT);
    for (int c = 0; c < 2; c++) {
      // The file rounds to float32 once on the way: half an ulp, and the rest within an ulp.
      assertThat((float) resumed.mean(c))
          .isCloseTo((float) expected.mean(c), byUlps(expected.mean(c)));
      assertThat((float) resumed.var(c))
          .isCloseTo((float) expected.var(c), byUlps(expected.var(c)));
    }
  }

  @Test
  void learnsCumulativeAndPopulationStatisticsAsTheCoreDoes() throws Exception {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    EagerModel cumulative = new EagerModel(averaging(Averaging.cumulative()));
    EagerModel population = new EagerModel(averaging(Averaging.population()));
    for (int i = 0; i < 5; i++) {
      FeatureMap x = in.random("a/%d.npy".formatted(i), 2 + 3 * i, 2);
      cumulative.train("a", x);
      population.train("a", x);
    }
    Path file = folder.resolve("s.safetensors");
    Map<String, String> metadata = new TreeMap<>(METADATA);
    metadata.remove("momentum");

    run("--output=none", "--averaging=Cumulative", "--statistics-out=" + file);
    metadata.put("averaging", "cumulative");
    assertStatistics(file, cumulative.statistics(), metadata);

    run("--output=none", "--averaging=population", "--statistics-out=" + file);
    metadata.put("averaging", "population");
    Path expected = folder.resolve("expected");
    StatisticsFile.write(expected, population.statistics(), true, metadata);
    assertThat(file).hasSameBinaryContentAs(expected);
    assertThat(StatisticsFile.read(file).byKey().get("a").count()).isEqualTo(40);
  }

  @Test
  void propagatesNanAsPyTorchDoesWhereAskedTo() throws Exception {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    in.values("a/1.npy", new float[] {1, Float.NaN, 3, 4}, 2, 2);
    in.values("a/2.npy", new float[] {1, 2, 3, 4}, 2, 2);
    EagerModel model =
        new EagerModel(BatchNormConfig.builder().nonFinite(NonFinite.PROPAGATE).build());
    float[] first = model.train("a", FeatureMap.of(new float[] {1, Float.NaN, 3, 4}, 2, 2));
    float[] second = model.train("a", FeatureMap.of(new float[] {1, 2, 3, 4}, 2, 2));
    Path statistics = folder.resolve("s.safetensors");

    Outcome outcome =
        run(
            "--output=npy:" + folder.resolve("out"),
            "--non-finite=propagate",
            "--statistics-out=" + statistics);

    NpyFolder out = new NpyFolder(folder.resolve("out"));
    assertThat(out.read("a/1.npy").values()).isEqualTo(first).contains(Float.NaN);
    assertThat(out.read("a/2.npy").values()).isEqualTo(second).doesNotContain(Float.NaN);
    assertThat(outcome.counts()).isEqualTo("normalized 2 records (8 values), rejected 0");
    assertStatistics(statistics, model.statistics(), METADATA);
  }

  private static BatchNormConfig averaging(Averaging averaging) {
    return BatchNormConfig.builder().averaging(averaging).build();
  }

  private static Offset<Float> byUlps(double value) {
    return Offset.offset(2 * Math.ulp((float) value));
  }

  private void assertStatistics(
      Path file, Map<String, RunningStatistics> statistics, Map<String, String> metadata)
      throws Exception {
    Path expected = Files.createTempFile(folder, "expected", "");
    StatisticsFile.write(expected, statistics, false, metadata);
    assertThat(file).hasSameBinaryContentAs(expected);
  }

  private Outcome run(String... options) {
    return runOn("in", options);
  }

  private Outcome runOn(String input, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("run", "--input=npy:" + folder.resolve(input)));
    arguments.addAll(List.of(options));
    return Outcome.of(arguments).succeeded();
  }
}
