package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.job.input.ImageFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LauncherIT {
  /** What no Flink distribution brings: the State Processor API and the Kafka connector. */
  private static final String OUR_FLINK =
      "state/api/|connector/kafka/|streaming/connectors/kafka/|streaming/util/serialization/";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "run --help",
        "demo --help",
        "statistics import --help",
        "sql --help",
        "--version"
      })
  void helps(String line) throws Exception {
    Outcome outcome = Launcher.in(folder).run(line.split(" ")).succeeded();

    assertThat(outcome.out()).contains("batchnorm");
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({
    "sensors, '18,760 readings', 'normalized 18,760 records (37,520 values), rejected 0', 75, mote",
    "images, '2,000 images', 'normalized 2,000 records (1,568,000 values), rejected 0', 4, their class"
  })
  void showsADemoInLessThanAMinute(
      String name, String what, String summary, int learned, String keyedBy) throws Exception {
    Instant start = Instant.now();

    Outcome outcome = Launcher.in(folder).run("demo", name).succeeded();

    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(60));
    List<String> lines = outcome.out().lines().toList();
    assertThat(lines.get(0)).startsWith(what).endsWith("keyed by " + keyedBy);
    assertThat(lines.get(1)).startsWith(summary);
    assertThat(outcome.out())
        .contains("key         channel     learn+eval", "before", "after", "running", "rejected")
        .contains(learned + "+")
        .contains("Every key learned from its first " + learned + " batches of 32")
        .contains("./batchnorm run --input ");
    Path results = folder.resolve("batchnorm-demo").resolve(name);
    assertThat(outcome.out())
        .contains("normalized output  batchnorm-demo/" + name + "/normalized")
        .contains("statistics         batchnorm-demo/" + name + "/statistics.safetensors");
    assertThat(results.resolve("normalized")).isNotEmptyDirectory();
    assertThat(results.resolve("statistics.safetensors")).isNotEmptyFile();
    assertThat(results.resolve("control.jsonl")).isNotEmptyFile();
  }

  @Test
  void runsTheShippedScriptOfSqlTwice() throws Exception {
    for (int i = 0; i < 2; i++) {
      Outcome outcome = Launcher.in(folder).run("sql").succeeded();

      assertThat(outcome.out())
          .startsWith("the script is batchnorm-demo/sql/sensors.sql, its data beside it\n\nINSERT")
          .contains("mote_id  reading  humidity  humidity_normalized")
          .endsWith("\n12 rows\n");
    }
    Launcher.in(folder).run("sql", "batchnorm-demo/sql/sensors.sql").succeeded();
  }

  @Test
  void replacesTheResultsOfAnEarlierDemoButNothingElse() throws Exception {
    Path own = Files.createDirectories(folder.resolve("mine/images/input"));
    Files.writeString(own.resolve("precious.png"), "precious");

    Launcher.in(folder)
        .run("demo", "--output", "mine")
        .refused(
            "batchnorm demo",
            "--output: %s is there already and not from a demo, so it is not replaced; wanted another folder"
                .formatted(folder.toRealPath().resolve("mine/images")));

    assertThat(own.resolve("precious.png")).hasContent("precious");
  }

  @Test
  void normalizesArraysAndPrintsNothingButTheSummary() throws Exception {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    FeatureMap first = in.random("cam1/2024/1.npy", 4, 3, 2, 2);
    in.random("cam1/2024/2.npy", 2, 3, 5, 5);
    in.bytes("cam1/2024/3.npy", new byte[] {1, 2, 3});

    Outcome outcome =
        Launcher.in(folder)
            .run(
                "run",
                "--input=npy:in",
                "--output=npy:out",
                "--rejected=jsonl:rejected",
                "--statistics-out=statistics.safetensors")
            .succeeded();

    assertThat(outcome.out())
        .matches(
            "normalized 2 records \\(198 values\\), rejected 1, in [0-9.]+ s\n"
                + "  malformed_input: 1\n"
                + "they are:\n"
                + "  cam1/2024/3: malformed_input: .*\n");
    assertThat(new NpyFolder(folder.resolve("out")).read("cam1/2024/1.npy").values())
        .isEqualTo(new EagerModel().train("cam1", first));
    assertThat(folder.resolve("statistics.safetensors")).isNotEmptyFile();
  }

  @Test
  void normalizesImagesInAFolderWithSpacesThroughALinkInAPlainLocale() throws Exception {
    Path spaced = Files.createDirectories(folder.resolve("a folder"));
    for (int i = 0; i < 3; i++) {
      ImageFiles.write(
          ImageFiles.grey(i, 4, 4), spaced.resolve("my photos/küche 1/%d.png".formatted(i)));
    }
    Path link = Files.createSymbolicLink(spaced.resolve("bn"), Launcher.installed());
    Path tmp = Files.createDirectory(spaced.resolve("for a while"));

    Outcome outcome =
        Launcher.in(spaced)
            .through(link)
            .with("LC_ALL", "C")
            .with("TMPDIR", tmp.toString())
            .run("run", "--input", "images:my photos", "--output", "npy:my results")
            .succeeded();

    assertThat(outcome.counts()).isEqualTo("normalized 3 records (48 values), rejected 0");
    assertThat(spaced.resolve("my results/küche 1/2.npy")).isNotEmptyFile();
    assertThat(tmp).as("temporary files").isEmptyDirectory();
  }

  @Test
  void normalizesATableOnRocksDbWithCheckpoints() throws Exception {
    Files.writeString(folder.resolve("t.csv"), "k,v\na,1\na,3\nb,x\n");

    Outcome outcome =
        Launcher.in(folder)
            .run(
                ("run --input csv:t.csv --key-column k --feature-columns v --output jsonl:out"
                        + " --state-backend rocksdb --checkpoint-dir checkpoints"
                        + " --checkpoint-interval 100ms --parallelism 2")
                    .split(" "))
            .succeeded();

    assertThat(outcome.out())
        .startsWith("normalized 2 records (2 values), rejected 1")
        .endsWith("  b/3: malformed_input: row 3: column v is \"x\", wanted a number\n");
    assertThat(JsonRows.read(folder.resolve("out"))).hasSize(2);
  }

  @Test
  void worksWhereItIsInstalledInAFolderWithSpaces() throws Exception {
    Path copy = Files.createDirectories(folder.resolve("my programs/batch norm"));
    for (String part :
        List.of(
            "job/src/main/launcher/log4j2.properties",
            "pom.xml",
            "operators/pom.xml",
            "job/pom.xml",
            "batchnorm",
            "job/target/batchnorm-job.jar",
            "job/target/embedded.classpath")) {
      Files.createDirectories(copy.resolve(part).getParent());
      Files.copy(Launcher.root().resolve(part), copy.resolve(part));
    }
    Files.createDirectories(copy.resolve("operators/src/main"));
    copy.resolve("batchnorm").toFile().setExecutable(true);
    Files.setLastModifiedTime(
        copy.resolve("job/target/batchnorm-job.jar"), FileTime.from(Instant.now().plusSeconds(60)));
    new NpyFolder(folder.resolve("in")).random("a/1.npy", 4, 2);

    Launcher.in(folder)
        .through(copy.resolve("batchnorm"))
        .run("run", "--input=npy:in", "--output=none")
        .succeeded();

    assertThat(copy.resolve("job/target/logs")).isNotEmptyDirectory();
  }

  @Test
  void namesEveryFaultOfACommandLineAndStartsNothing() throws Exception {
    Launcher.in(folder)
        .run("run", "--input", "npy:gone", "--eps", "-1", "--momentum", "2", "--batch-size", "x")
        .refused(
            "batchnorm run",
            "--batch-size is \"x\", wanted a whole number",
            "--output is missing, wanted npy:DIR or jsonl:DIR or kafka:TOPIC or none",
            "--input: there is no " + folder.toRealPath().resolve("gone"),
            "--eps is -1.0, wanted a finite number above 0, such as 1e-5",
            "--momentum is 2.0, wanted a number in [0, 1]: the weight of the new batch");
    Launcher.in(folder)
        .run()
        .refused(
            "batchnorm", "a command is missing, wanted one of run, feed, demo, statistics, sql");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void takesStatisticsIntoASavepointAndOutOfItAlsoWithoutTheOpensOfFlink() throws Exception {
    Files.writeString(folder.resolve("t.csv"), "k,v\na,1\na,3\nb,5\nb,9\n");
    Launcher launcher = Launcher.in(folder);
    launcher
        .run(
            ("run --input csv:t.csv --key-column k --feature-columns v --output none"
                    + " --averaging population --freeze-after 1 --statistics-out s.safetensors")
                .split(" "))
        .succeeded();

    assertThat(
            launcher
                .run("statistics", "import", "--input=s.safetensors", "--savepoint=sp")
                .succeeded()
                .out())
        .matches("imported 2 keys \\([02] frozen\\) from s.safetensors into sp\n");
    launcher.run("statistics", "export", "--savepoint=sp", "--output=back.safetensors").succeeded();
    assertThat(launcher.run("statistics", "diff", "s.safetensors", "sp").succeeded().out())
        .startsWith("0 of 2 channels differ");
    assertThat(withoutOpens("statistics", "import", "--input=back.safetensors", "--savepoint=sp2"))
        .isZero();
    assertThat(launcher.run("statistics", "diff", "sp", "sp2").succeeded().out())
        .startsWith("0 of 2 channels differ");
  }

  /** The job in a Java that opens none of its packages, as if started by hand. */
  private int withoutOpens(String... arguments) throws Exception {
    Path target = Launcher.root().resolve("job/target");
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                target.resolve("batchnorm-job.jar")
                    + ":"
                    + Files.readString(target.resolve("embedded.classpath")).strip(),
                "io.batchnorm.job.Main"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("java.log").toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended in time").isTrue();
    return process.exitValue();
  }

  @Test
  void saysInOneSentenceWhyAJobFailed() throws Exception {
    new NpyFolder(folder.resolve("in")).random("a/1.npy", 4, 2);
    Files.createDirectories(folder.resolve("out"));
    Path inTheWay = Files.createFile(folder.resolve("out/a"));

    Outcome outcome = Launcher.in(folder).run("run", "--input=npy:in", "--output=npy:out");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .matches(
            "batchnorm run: the job failed: %s is a file where a folder is wanted; the log is .*\n"
                .formatted(inTheWay.toRealPath()));
    Path log = Path.of(outcome.err().strip().replaceFirst(".*the log is ", ""));
    assertThat(log).content().contains("FileAlreadyExistsException");
  }

  @Test
  void theJobJarHoldsNothingThatAClusterBringsItself() throws Exception {
    Path jar = Launcher.root().resolve("job/target/batchnorm-job.jar");
    try (JarFile file = new JarFile(jar.toFile())) {
      List<String> names = file.stream().map(ZipEntry::getName).toList();
      assertThat(names)
          .contains("io/batchnorm/job/Main.class", "io/batchnorm/core/BatchNorm.class")
          .anyMatch(name -> name.startsWith("picocli/"))
          .contains("org/apache/flink/state/api/SavepointReader.class")
          .contains("org/apache/flink/connector/kafka/sink/KafkaSink.class")
          .noneMatch(name -> name.matches("org/apache/flink/(?!" + OUR_FLINK + ").*\\.class"))
          .noneMatch(name -> name.startsWith("net/jpountz/") || name.startsWith("org/xerial/"))
          .doesNotContain("META-INF/services/org.apache.flink.table.factories.Factory")
          .noneMatch(
              name -> name.startsWith("org/apache/logging/") || name.startsWith("org/slf4j/"))
          .noneMatch(name -> name.startsWith("com/esotericsoftware/"))
          .noneMatch(name -> name.startsWith("org/bytedeco/") || name.startsWith("org/junit/"))
          .noneMatch(name -> name.matches("META-INF/.*\\.(SF|DSA|RSA)"));
      assertThat(file.getManifest().getMainAttributes().getValue("Main-Class"))
          .isEqualTo("io.batchnorm.job.Main");
    }
  }
}
