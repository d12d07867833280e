package io.batchnorm.job.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script of the image that submits the job, with a {@code flink} that only takes notes. */
class SubmitOnceTest {
  private static final String FIRST = "0123456789abcdef0123456789abcdef";
  private static final String SECOND = "fedcba9876543210fedcba9876543210";

  @TempDir Path folder;
  private Path state;

  @BeforeEach
  void makeFlink() throws IOException {
    state = Files.createDirectory(folder.resolve("state"));
    Path flink = Files.createDirectory(folder.resolve("bin")).resolve("flink");
    Files.writeString(
        flink,
        """
        #!/usr/bin/env bash
        if [[ $1 == list ]]; then
          cat "$FAKE/listed"
          exit
        fi
        printf '%s\\n' "$@" >"$FAKE/arguments"
        cat "$FAKE/answer"
        [[ ! -e $FAKE/fails ]]
        """);
    assertThat(flink.toFile().setExecutable(true)).isTrue();
    running();
    answers(FIRST);
  }

  @Test
  void submitsTheJobAndKeepsItsId() throws Exception {
    Ended script = submit("run", "--input=kafka:a topic", "*", "");

    assertThat(script).isEqualTo(new Ended(0, ""));
    assertThat(arguments())
        .containsExactly("run", "--detached", "/job.jar", "run", "--input=kafka:a topic", "*", "");
    assertThat(state.resolve("submitted")).hasContent(FIRST);
  }

  @Test
  void doesNothingWhileTheJobRuns() throws Exception {
    submitted(FIRST);
    running(FIRST);

    Ended script = submit("run");

    assertThat(script)
        .isEqualTo(new Ended(0, "submit-once: the job runs already, as %s\n".formatted(FIRST)));
    assertThat(folder.resolve("arguments")).doesNotExist();
  }

  @Test
  void submitsBesideJobsOfOthers() throws Exception {
    running(SECOND);

    assertThat(submit("run").status()).isZero();
    assertThat(folder.resolve("arguments")).exists();
  }

  @Test
  void goesOnFromTheNewestCompleteCheckpoint() throws Exception {
    submitted(FIRST);
    snapshot("checkpoints/" + FIRST + "/chk-9", 1);
    Path newest = snapshot("checkpoints/" + FIRST + "/chk-10", 2);
    Files.createDirectories(state.resolve("checkpoints/" + FIRST + "/chk-11"));
    snapshot("checkpoints/" + SECOND + "/chk-12", 3);
    answers(SECOND);

    Ended script = submit("run");

    assertThat(script).isEqualTo(new Ended(0, "submit-once: going on from %s\n".formatted(newest)));
    assertThat(arguments())
        .containsExactly(
            "run", "--detached", "--fromSavepoint", newest.toString(), "/job.jar", "run");
    assertThat(state.resolve("submitted")).hasContent(FIRST + "\n" + SECOND);
  }

  @Test
  void goesOnFromTheCheckpointOfAnEarlierRunWhenTheLastOneHadNone() throws Exception {
    submitted(FIRST, SECOND);
    Path checkpoint = snapshot("checkpoints/" + FIRST + "/chk-3", 1);

    submit("run");

    assertThat(arguments()).contains("--fromSavepoint", checkpoint.toString());
  }

  @Test
  void goesOnFromASavepointThatIsNewerThanAllCheckpoints() throws Exception {
    submitted(FIRST);
    snapshot("checkpoints/" + FIRST + "/chk-3", 1);
    Path savepoint = snapshot("savepoints/savepoint-012345-abcdef012345", 2);
    snapshot("savepoints/savepoint-fedcba-abcdef012345", 3);

    submit("run");

    assertThat(arguments()).contains("--fromSavepoint", savepoint.toString());
  }

  @Test
  void failsAsFlinkFails() throws Exception {
    Files.writeString(folder.resolve("answer"), "batchnorm run: --input is missing\n");
    Files.createFile(folder.resolve("fails"));

    assertThat(submit("run").status()).isEqualTo(1);
    assertThat(state.resolve("submitted")).isEmptyFile();
  }

  @Test
  void saysSoWhenFlinkTellsNoId() throws Exception {
    Files.writeString(folder.resolve("answer"), "What a nice day\n");

    assertThat(submit("run").status()).isEqualTo(1);
  }

  private void running(String... ids) throws IOException {
    StringBuilder list = new StringBuilder("Waiting for response...\n");
    for (String id : ids) {
      list.append("23.11.2026 09:30:16 : %s : batchnorm (RUNNING)\n".formatted(id));
    }
    Files.writeString(folder.resolve("listed"), list);
  }

  private void answers(String id) throws IOException {
    Files.writeString(
        folder.resolve("answer"), "Job has been submitted with JobID %s\n".formatted(id));
  }

  private void submitted(String... ids) throws IOException {
    Files.write(state.resolve("submitted"), List.of(ids));
  }

  private Path snapshot(String name, int minute) throws IOException {
    Path snapshot = Files.createDirectories(state.resolve(name));
    Path metadata = Files.writeString(snapshot.resolve("_metadata"), "state");
    Files.setLastModifiedTime(metadata, FileTime.from(minute, TimeUnit.MINUTES));
    return snapshot;
  }

  private List<String> arguments() throws IOException {
    return Files.readAllLines(folder.resolve("arguments"));
  }

  private record Ended(int status, String out) {}

  private Ended submit(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(SourceTree.path("job/docker/submit-once").toString());
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(folder.resolve("err").toFile());
    builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().put("FAKE", folder.toString());
    builder.environment().put("BATCHNORM_STATE", state.toString());
    builder.environment().put("BATCHNORM_JAR", "/job.jar");
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8));
  }
}
