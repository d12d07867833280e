package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The launcher as a process of its own, in a folder of its own. */
record Launcher(Path script, Path folder, Map<String, String> environment) {
  private static final long TIMEOUT_SECONDS = 120;

  /** The launcher of this build. */
  static Launcher in(Path folder) {
    return new Launcher(installed(), folder, Map.of());
  }

  static Path installed() {
    return Path.of(System.getProperty("batchnorm.launcher"));
  }

  /** The root of the source tree. */
  static Path root() {
    return installed().toAbsolutePath().getParent();
  }

  Launcher through(Path other) {
    return new Launcher(other, folder, environment);
  }

  Launcher with(String variable, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(variable, value);
    return new Launcher(script, folder, more);
  }

  Outcome run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(folder, "stdout", "");
    Path err = Files.createTempFile(folder, "stderr", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly();
    assertThat(ended).as("ended in time").isTrue();
    Outcome outcome = new Outcome(process.exitValue(), text(out), text(err));
    assertThat(outcome.out() + outcome.err())
        .as("a user sees no stack trace")
        .doesNotContain("\tat ", "Exception in thread", "Caused by:", "SLF4J", "WARN");
    return outcome;
  }

  private static String text(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    Files.delete(file);
    return text;
  }
}
