package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The project in {@code resources/user-project}, built by a Maven of its own against the jar that
 * this build has just made.
 *
 * <p>Nothing is installed where the user's other builds would find it, and nothing is downloaded:
 * the project has a local repository for itself, which holds that jar, and the local repository of
 * this build stands in for all remote ones.
 */
final class UserProject {
  private static final long TIMEOUT_SECONDS = 240;
  private static final String VERSION = System.getProperty("batchnorm.version");

  private final Path folder;
  private final List<Path> classPath;

  private UserProject(Path folder, List<Path> classPath) {
    this.folder = folder;
    this.classPath = classPath;
  }

  /** The jar of the library. */
  static Path jar() {
    return Launcher.root().resolve("operators/target/batchnorm-operators-" + VERSION + ".jar");
  }

  /** Copies the project into a folder and compiles it. */
  static UserProject built(Path folder) throws Exception {
    copy(Path.of(UserProject.class.getResource("/user-project").toURI()), folder);
    Path repository = folder.resolve("repository");
    deploy(repository, "batchnorm-parent", Launcher.root().resolve("pom.xml"), null);
    deploy(repository, "batchnorm-operators", Launcher.root().resolve("operators/pom.xml"), jar());
    Path settings = Files.writeString(folder.resolve("settings.xml"), settings());
    Path classPath = folder.resolve("class.path");
    run(
        folder,
        Path.of(System.getProperty("batchnorm.maven.home"), "bin", "mvn").toString(),
        "--batch-mode",
        "--no-transfer-progress",
        "--settings=" + settings,
        "-Dmaven.repo.local=" + repository,
        "-Dbatchnorm.version=" + VERSION,
        "-Dflink.version=" + System.getProperty("batchnorm.flink.version"),
        "-Dmdep.outputFile=" + classPath,
        "compile",
        "dependency:build-classpath");
    List<Path> jars = Arrays.stream(Files.readString(classPath).split(":")).map(Path::of).toList();
    return new UserProject(folder, jars);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
  }

  private static void deploy(Path repository, String artifact, Path pom, Path jar)
      throws IOException {
    Path folder = repository.resolve("io/batchnorm").resolve(artifact).resolve(VERSION);
    Files.createDirectories(folder);
    Files.copy(pom, folder.resolve(artifact + "-" + VERSION + ".pom"));
    if (jar != null) {
      Files.copy(jar, folder.resolve(artifact + "-" + VERSION + ".jar"));
    }
  }

  private static String settings() {
    return """
        <settings>
          <mirrors>
            <mirror>
              <id>here</id>
              <mirrorOf>*</mirrorOf>
              <url>%s</url>
            </mirror>
          </mirrors>
        </settings>
        """
        .formatted(Path.of(System.getProperty("batchnorm.maven.repository")).toUri());
  }

  /** Runs a class of the project and returns what it printed. */
  String run(String mainClass, String... arguments) throws Exception {
    return java(classPath, mainClass, arguments);
  }

  /** The same, with the library not on the class path. */
  String runWithoutLibrary(String mainClass, String... arguments) throws Exception {
    List<Path> others =
        classPath.stream().filter(jar -> !jar.toString().contains("batchnorm")).toList();
    assertThat(others).hasSize(classPath.size() - 1);
    return java(others, mainClass, arguments);
  }

  private String java(List<Path> jars, String mainClass, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of(System.getProperty("batchnorm.opens").split(" ")));
    command.add("-Xmx1g");
    command.add("-cp");
    command.add(
        Stream.concat(Stream.of(folder.resolve("target/classes")), jars.stream())
            .map(Path::toString)
            .reduce((a, b) -> a + ":" + b)
            .orElseThrow());
    command.add(mainClass);
    command.addAll(List.of(arguments));
    return run(folder, command.toArray(String[]::new));
  }

  private static String run(Path folder, String... command) throws Exception {
    Path out = Files.createTempFile(folder, "out", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly();
    String text = Files.readString(out, StandardCharsets.UTF_8);
    assertThat(ended).as("ended in time: %s", text).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
