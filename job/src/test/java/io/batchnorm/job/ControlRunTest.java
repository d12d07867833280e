package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlRunTest {
  @TempDir Path folder;
  private final Map<String, FeatureMap> batches = new LinkedHashMap<>();

  @BeforeEach
  void prepare() {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    for (String key : List.of("a", "b", "c")) {
      for (int i = 1; i <= 6; i++) {
        String path = key + "/" + i + ".npy";
        batches.put(path, in.random(path, 3, 2, i));
      }
    }
  }

  @Test
  void freezesEveryKeyExactlyBehindItsBatchNByOptionOrByCommand() throws Exception {
    Path control = control("{\"command\":\"freeze\",\"key\":\"*\",\"after_batches\":4}");

    run("option", "--freeze-after=4", "--parallelism=3");
    run("command", "--control=jsonl:" + control, "--parallelism=1", "--state-backend=rocksdb");

    EagerModel model = new EagerModel();
    NpyFolder byOption = new NpyFolder(folder.resolve("option/npy"));
    batches.forEach(
        (path, x) -> {
          String key = path.substring(0, 1);
          boolean frozen = Integer.parseInt(path.substring(2, 3)) > 4;
          float[] y = frozen ? model.eval(key, x) : model.train(key, x);
          assertThat(byOption.read(path).values()).as(path).isEqualTo(y);
        });
    assertThat(new NpyFolder(folder.resolve("command/npy")).contents())
        .containsExactlyEntriesOf(byOption.contents());
    assertThat(folder.resolve("command/s")).hasSameBinaryContentAs(folder.resolve("option/s"));
    assertThat(statistics("option").get("b").numBatchesTracked()).isEqualTo(4);
  }

  @Test
  void carriesOutEveryCommandAtItsBatchAndRejectsALineThatIsNone() throws Exception {
    Path saved = folder.resolve("saved");
    RunningStatistics loaded =
        RunningStatistics.of(
            50, RunningStatistics.UNKNOWN_COUNT, new double[] {1, 2}, new double[] {3, 4});
    StatisticsFile.write(saved, Map.of("b", loaded), false, Map.of());
    Path control =
        control(
            "{\"command\":\"freeze\",\"key\":\"a\",\"after_batches\":2}",
            "{\"command\":\"unfreeze\",\"key\":\"a\",\"after_batches\":4}",
            "{\"command\":\"melt\",\"key\":\"a\"}",
            "{\"command\":\"load\",\"key\":\"b\",\"after_batches\":3,\"file\":\"" + saved + "\"}",
            "{\"command\":\"reset\",\"key\":\"c\",\"after_batches\":5}",
            "not json");

    Outcome outcome =
        run(
            "out",
            "--control=jsonl:" + control,
            "--rejected=jsonl:" + folder.resolve("rejected"),
            "--parallelism=2");

    EagerModel model = new EagerModel();
    NpyFolder out = new NpyFolder(folder.resolve("out/npy"));
    batches.forEach(
        (path, x) -> {
          if (path.equals("b/4.npy")) {
            model.load("b", loaded);
          } else if (path.equals("c/6.npy")) {
            model.load("c", RunningStatistics.initial(2));
          }
          boolean frozen = path.equals("a/3.npy") || path.equals("a/4.npy");
          String key = path.substring(0, 1);
          float[] y = frozen ? model.eval(key, x) : model.train(key, x);
          assertThat(out.read(path).values()).as(path).isEqualTo(y);
        });
    assertThat(statistics("out").get("a").numBatchesTracked()).isEqualTo(4);
    assertThat(statistics("out").get("b").numBatchesTracked()).isEqualTo(53);
    assertThat(statistics("out").get("c").numBatchesTracked()).isEqualTo(1);
    assertThat(statistics("out").get("c").meanAsFloats())
        .isEqualTo(model.statistics().get("c").meanAsFloats());
    assertThat(JsonRows.reasons(folder.resolve("rejected")))
        .isEqualTo(Map.of("a/line 3", "malformed_command", "/line 6", "malformed_command"));
    assertThat(outcome.counts()).endsWith("rejected 2");
    assertThat(outcome.out())
        .contains("  malformed_command: 2\n", "  a/line 3: malformed_command: line 3 of " + control)
        .contains("  line 6: malformed_command: ");
  }

  @Test
  void rejectsACommandThatBringsNoCountToAPopulationAndRunsOn() throws Exception {
    Path control =
        control(
            "{\"command\":\"load\",\"key\":\"*\",\"statistics\":"
                + "{\"running_mean\":[0,0],\"running_var\":[1,1],\"num_batches_tracked\":3}}");

    Outcome outcome = run("out", "--control=jsonl:" + control, "--averaging=population");

    assertThat(outcome.counts()).startsWith("normalized 18 records").endsWith("rejected 1");
    assertThat(statistics("out").get("a").numBatchesTracked()).isEqualTo(6);
  }

  private Path control(String... lines) throws Exception {
    return Files.write(folder.resolve("control.jsonl"), List.of(lines));
  }

  private Map<String, RunningStatistics> statistics(String name) throws Exception {
    return StatisticsFile.read(folder.resolve(name).resolve("s")).byKey();
  }

  private Outcome run(String name, String... options) {
    Path out = folder.resolve(name);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "run",
                "--input=npy:" + folder.resolve("in"),
                "--output=npy:" + out.resolve("npy"),
                "--statistics-out=" + out.resolve("s")));
    arguments.addAll(List.of(options));
    return Outcome.of(arguments).succeeded();
  }
}
