package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.input.ImageFiles;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleRunTest {
  @TempDir Path folder;

  @Test
  void batchesNpySamplesInPathOrderAndGivesEachBackUnderItsOwnName() throws Exception {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    List<FeatureMap> samples = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      float[] values = in.random("a/s%d.npy".formatted(i), 1, 2, 5).values();
      in.values("a/s%d.npy".formatted(i), values, 2, 5);
      samples.add(FeatureMap.of(values, 1, 2, 5));
    }
    in.values("a/s3-scalar.npy", new float[] {1});

    Outcome outcome =
        run(
            "--input=npy:" + in.root(),
            "--output=npy:" + folder.resolve("out"),
            "--batch-size=3",
            "--rejected=jsonl:" + folder.resolve("rejected"));

    NpyFolder out = new NpyFolder(folder.resolve("out"));
    EagerModel model = new EagerModel();
    for (List<Integer> batch : List.of(List.of(0, 1, 2), List.of(3, 4, 5), List.of(6, 7))) {
      float[] y = model.train("a", FeatureMap.stack(batch.stream().map(samples::get).toList()));
      for (int n = 0; n < batch.size(); n++) {
        var sample = out.read("a/s%d.npy".formatted(batch.get(n)));
        assertThat(sample.shape()).containsExactly(2, 5);
        assertThat(sample.values()).isEqualTo(Arrays.copyOfRange(y, 10 * n, 10 * n + 10));
      }
    }
    assertThat(outcome.counts()).isEqualTo("normalized 8 records (80 values), rejected 1");
    assertThat(JsonRows.reasons(folder.resolve("rejected")))
        .isEqualTo(Map.of("a/s3-scalar", "wrong_rank"));
  }

  @Test
  void normalizesImagesByTheThirtyTwo() throws Exception {
    Path in = folder.resolve("in");
    List<FeatureMap> samples = new ArrayList<>();
    for (int i = 0; i < 35; i++) {
      ImageFiles.write(ImageFiles.grey(i, 3, 2), in.resolve("cam/%02d.png".formatted(i)));
      float[] values = new float[6];
      for (int p = 0; p < 6; p++) {
        values[p] = ((i * 37 + p / 3 * 11 + p % 3 * (p % 3) * 5) & 0xff) / 255f;
      }
      samples.add(FeatureMap.of(values, 1, 1, 2, 3));
    }
    Files.writeString(in.resolve("cam/03-broken.png"), "no image");
    Files.copy(in.resolve("cam/05.png"), in.resolve("cam/05.PNG"));
    Path statistics = folder.resolve("s");

    Outcome outcome =
        run(
            "--input=images:" + in,
            "--output=npy:" + folder.resolve("out"),
            "--statistics-out=" + statistics,
            "--rejected=jsonl:" + folder.resolve("rejected"),
            "--parallelism=2");

    EagerModel model = new EagerModel();
    float[] first = model.train("cam", FeatureMap.stack(samples.subList(0, 32)));
    float[] second = model.train("cam", FeatureMap.stack(samples.subList(32, 35)));
    NpyFolder out = new NpyFolder(folder.resolve("out"));
    for (int i = 0; i < 35; i++) {
      float[] batch = i < 32 ? first : second;
      assertThat(out.read("cam/%02d.npy".formatted(i)).shape()).containsExactly(1, 2, 3);
      assertThat(out.read("cam/%02d.npy".formatted(i)).values())
          .isEqualTo(Arrays.copyOfRange(batch, 6 * (i % 32), 6 * (i % 32) + 6));
    }
    assertThat(outcome.counts()).isEqualTo("normalized 35 records (210 values), rejected 2");
    assertThat(JsonRows.reasons(folder.resolve("rejected")))
        .isEqualTo(Map.of("cam/03-broken", "malformed_input", "cam/05", "duplicate_id"));
    assertThat(StatisticsFile.read(statistics).byKey().get("cam").meanAsFloats())
        .isEqualTo(model.statistics().get("cam").meanAsFloats());
  }

  @Test
  void normalizesRowsOfATableBySensorAndRejectsThoseThatAreNone() throws Exception {
    Path table =
        table(
            "\uFEFF\"sensor\",\"b\",\"a\"\r\n"
                + "s1,1,10\r\n"
                + "\"s,2\",5,50\r\n"
                + "s1,2,\"20\"\r\n"
                + "s1,two,20\r\n"
                + "s1,2\r\n"
                + "\r\n"
                + ",2,20\r\n"
                + "s1,NaN,20\r\n"
                + "\"s,2\",7,60\r\n"
                + "s1,4,60\r\n");

    Outcome outcome =
        run(
            "--input=csv:" + table,
            "--key-column=sensor",
            "--feature-columns=a,b",
            "--batch-size=2",
            "--output=jsonl:" + folder.resolve("out"),
            "--rejected=jsonl:" + folder.resolve("rejected"),
            "--parallelism=2");

    EagerModel model = new EagerModel();
    float[] s1 = model.train("s1", FeatureMap.of(new float[] {10, 1, 20, 2}, 2, 2));
    float[] s2 = model.train("s,2", FeatureMap.of(new float[] {50, 5, 60, 7}, 2, 2));
    List<JsonNode> rows = JsonRows.read(folder.resolve("out"));
    assertThat(rows).extracting(JsonRows::name).containsExactly("s,2/2", "s,2/8", "s1/1", "s1/3");
    assertThat(JsonRows.values(rows.get(0))).containsExactly(s2[0], s2[1]);
    assertThat(JsonRows.values(rows.get(1))).containsExactly(s2[2], s2[3]);
    assertThat(JsonRows.values(rows.get(2))).containsExactly(s1[0], s1[1]);
    assertThat(JsonRows.values(rows.get(3))).containsExactly(s1[2], s1[3]);
    assertThat(rows).extracting(row -> row.get("shape").toString()).containsOnly("[2]");
    assertThat(JsonRows.reasons(folder.resolve("rejected")))
        .isEqualTo(
            Map.of(
                "s1/4", "malformed_input",
                "s1/5", "malformed_input",
                "/6", "malformed_input",
                "s1/7", "non_finite",
                "s1/9", "one_value_per_channel"));
    assertThat(outcome.counts()).isEqualTo("normalized 4 records (8 values), rejected 5");
  }

  @Test
  void closesABatchWhenItsTimeIsOverInEventTime() throws Exception {
    Path table =
        table(
            """
            k,v,t
            a,1,2024-01-01T00:00:00Z
            a,2,2024-01-01T00:00:04Z
            b,1,1704067205000
            a,3,1704067209999
            a,4,2024-01-01T00:00:10Z
            b,5,2024-01-01T00:00:11Z
            a,9,later
            a,6,2024-01-01T00:00:19.999Z
            a,7,2024-01-01T00:01:00Z
            a,8,2024-01-01T00:01:01Z
            """);

    run(
        "--input=csv:" + table,
        "--key-column=k",
        "--feature-columns=v",
        "--time-column=t",
        "--batch-timeout=10s",
        "--output=jsonl:" + folder.resolve("out"),
        "--rejected=jsonl:" + folder.resolve("rejected"),
        "--parallelism=2");

    Map<Long, List<String>> batches = new TreeMap<>();
    for (JsonNode row : JsonRows.read(folder.resolve("out"))) {
      if (row.get("key").textValue().equals("a")) {
        batches
            .computeIfAbsent(row.get("num_batches_tracked").longValue(), n -> new ArrayList<>())
            .add(row.get("id").textValue());
      }
    }
    assertThat(batches)
        .isEqualTo(
            Map.of(1L, List.of("1", "2", "4"), 2L, List.of("5", "8"), 3L, List.of("10", "9")));
    assertThat(JsonRows.read(folder.resolve("out")))
        .extracting(JsonRows::name)
        .contains("b/3", "b/6")
        .hasSize(9);
    assertThat(JsonRows.reasons(folder.resolve("rejected")))
        .isEqualTo(Map.of("a/7", "malformed_input"));
  }

  @Test
  void readsACompressedTable() throws Exception {
    Path file = folder.resolve("table.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("k,v\na,1\na,3\n".getBytes(StandardCharsets.UTF_8));
    }

    run(
        "--input=csv:" + file,
        "--key-column=k",
        "--feature-columns=v",
        "--output=npy:" + folder.resolve("out"));

    float[] expected = new EagerModel().train("a", FeatureMap.of(new float[] {1, 3}, 2, 1));
    NpyFolder out = new NpyFolder(folder.resolve("out"));
    assertThat(out.read("a/1.npy").values()).containsExactly(expected[0]);
    assertThat(out.read("a/2.npy").values()).containsExactly(expected[1]);
  }

  private Path table(String text) throws Exception {
    return Files.writeString(folder.resolve("table.csv"), text);
  }

  private static Outcome run(String... options) {
    List<String> arguments = new ArrayList<>(List.of("run"));
    arguments.addAll(List.of(options));
    return Outcome.of(arguments).succeeded();
  }
}
