package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.KeyNote;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.exchange.StatisticsFileWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run --savepoint} after {@code statistics import}. */
class SavepointRunTest {
  private static final RunningStatistics LEARNED =
      RunningStatistics.of(12, -1, new double[] {0.1, -2}, new double[] {0.3, 9});
  private static final RunningStatistics FROZEN =
      RunningStatistics.of(4, -1, new double[] {1 / 3d, 5}, new double[] {0.7, 1e-3});

  @TempDir Path folder;
  private NpyFolder in;
  private NpyFolder out;
  private Path savepoint;
  private FeatureMap learning;
  private FeatureMap frozen;

  @BeforeEach
  void importSavepoint() throws Exception {
    in = new NpyFolder(folder.resolve("in"));
    out = new NpyFolder(folder.resolve("out"));
    learning = in.random("learning/1.npy", 4, 2);
    frozen = in.random("frozen/1.npy", 4, 2);
    savepoint = folder.resolve("savepoint");
    Path file = folder.resolve("s.safetensors");
    StatisticsFileWriter.of(Map.of("learning", LEARNED, "frozen", FROZEN, "unseen", LEARNED))
        .withFloat64()
        .withNotes(Map.of("frozen", KeyNote.ofFreeze(true)))
        .write(file);
    Outcome imported =
        Outcome.of("statistics", "import", "--input=" + file, "--savepoint=" + savepoint);
    assertThat(imported.succeeded().out())
        .isEqualTo("imported 3 keys (1 frozen) from %s into %s\n".formatted(file, savepoint));
  }

  @Test
  void goesOnLearningWhereTheSavepointStoppedAndKeepsWhatWasFrozen() throws Exception {
    EagerModel model = new EagerModel();
    model.load("learning", LEARNED);
    model.load("frozen", FROZEN);
    Path learned = folder.resolve("learned.safetensors");

    Outcome outcome = run("--statistics-out=" + learned);

    assertThat(outcome.counts()).isEqualTo("normalized 2 records (16 values), rejected 0");
    assertThat(out.read("learning/1.npy").values()).isEqualTo(model.train("learning", learning));
    assertThat(out.read("frozen/1.npy").values()).isEqualTo(model.eval("frozen", frozen));
    StatisticsFile file = StatisticsFile.read(learned);
    assertThat(file.byKey().keySet()).containsExactly("frozen", "learning", "unseen");
    assertThat(file.byKey().get("learning").meanAsFloats())
        .isEqualTo(model.statistics().get("learning").meanAsFloats());
    assertThat(file.notes()).isEqualTo(Map.of("frozen", KeyNote.ofFreeze(true)));
  }

  @Test
  void servesByTheStatisticsOfTheSavepoint() {
    EagerModel model = new EagerModel();
    model.load("learning", LEARNED);

    run("--mode=eval");

    assertThat(out.read("learning/1.npy").values()).isEqualTo(model.eval("learning", learning));
  }

  @Test
  void refusesASavepointOfNothing() {
    Outcome.of("run", "--input=npy:" + in.root(), "--output=none", "--savepoint=" + in.root())
        .refused(
            "batchnorm run",
            "there is no savepoint %s: it is no folder with a file _metadata".formatted(in.root()));
  }

  private Outcome run(String... options) {
    String[] arguments = new String[options.length + 4];
    arguments[0] = "run";
    arguments[1] = "--input=npy:" + in.root();
    arguments[2] = "--output=npy:" + out.root();
    arguments[3] = "--savepoint=" + savepoint;
    System.arraycopy(options, 0, arguments, 4, options.length);
    return Outcome.of(arguments).succeeded();
  }
}
