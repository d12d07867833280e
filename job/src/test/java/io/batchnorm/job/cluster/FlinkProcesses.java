package io.batchnorm.job.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.flink.util.FileUtils;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * A Flink cluster of processes on 127.0.0.1, from the jars that a distribution of Flink would have.
 * The job comes to it as users bring it: its shaded jar, by Flink's command line. Needs what the
 * build packages, so only integration tests can use it.
 *
 * <p>As a static {@code @RegisterExtension} it runs from before the first test of a class to after
 * the last. The logs of a test that fails are kept; its failure says where.
 */
public final class FlinkProcesses
    implements BeforeAllCallback, AfterAllCallback, TestExecutionExceptionHandler, AutoCloseable {
  private static final Duration CLI_DEADLINE = Duration.ofSeconds(120);

  /** Where the build is, {@code job/target}. */
  private static final Path TARGET =
      Path.of(System.getProperty("batchnorm.launcher"))
          .toAbsolutePath()
          .resolveSibling("job")
          .resolve("target");

  private final int taskManagersAtStart;
  private final int restPort = FreePorts.next();
  private final int rpcPort = FreePorts.next();
  private final FlinkRest rest = new FlinkRest("http://127.0.0.1:" + restPort);
  private final Map<String, String> settings = new TreeMap<>();
  private final List<JavaProcess> taskManagers = new ArrayList<>();
  private final List<JavaProcess> all = new CopyOnWriteArrayList<>();
  private final Thread atExit = new Thread(this::removeAll, "end cluster");
  private JavaProcess jobManager;
  private Path folder;

  private FlinkProcesses(int taskManagersAtStart) {
    this.taskManagersAtStart = taskManagersAtStart;
  }

  /** One JobManager and so many TaskManagers of one slot each. */
  public static FlinkProcesses withTaskManagers(int count) {
    return new FlinkProcesses(count);
  }

  /** With a setting of {@code config.yaml}, if called before it is started. */
  public FlinkProcesses with(String key, String value) {
    settings.put(key, value);
    return this;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    try {
      start();
    } catch (Throwable e) {
      e.addSuppressed(kept(context));
      close();
      throw e;
    }
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    failure.addSuppressed(kept(context));
    throw failure;
  }

  @Override
  public void afterAll(ExtensionContext context) {
    close();
  }

  /** Returns when all TaskManagers have registered. */
  public void start() {
    try {
      folder = Files.createTempDirectory("flink").toRealPath();
      for (String name : List.of("conf", "logs", "tmp", "checkpoints", "savepoints")) {
        Files.createDirectory(folder.resolve(name));
      }
      ClusterFiles.write(folder, rpcPort, restPort, settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(atExit);
    startJobManager();
    for (int i = 0; i < taskManagersAtStart; i++) {
      startTaskManager();
    }
    awaitTaskManagers();
  }

  /** Ends all processes and removes their files. */
  @Override
  public void close() {
    if (folder != null) {
      Runtime.getRuntime().removeShutdownHook(atExit);
      removeAll();
      folder = null;
    }
  }

  private void removeAll() {
    all.forEach(JavaProcess::end);
    all.forEach(process -> process.await(CLI_DEADLINE));
    FileUtils.deleteDirectoryQuietly(folder.toFile());
  }

  /** Under the same address as one before it, whose jobs it does not know. */
  public void startJobManager() {
    jobManager =
        start(
            "jobmanager-" + all.size(),
            "-Xmx400m",
            "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
            "--executionMode",
            "cluster");
  }

  /** {@code kill -9} of the JobManager, and with it of all that it knew of its jobs. */
  public void killJobManager() {
    jobManager.kill();
  }

  /**
   * Another TaskManager; {@link #awaitTaskManagers} waits for it.
   *
   * @return its number: those of the start are 0, 1 and so on
   */
  public int startTaskManager() {
    int number = taskManagers.size();
    taskManagers.add(
        start(
            "taskmanager-" + number,
            "-Xmx512m",
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            "-D",
            "taskmanager.resource-id=taskmanager-" + number));
    return number;
  }

  /** {@code kill -9} of a TaskManager; the JobManager has still to notice. */
  public void killTaskManager(int number) {
    taskManagers.get(number).kill();
  }

  /**
   * Returns when the JobManager knows exactly the TaskManagers that were started and not killed.
   *
   * @throws AssertionError at once if one of them has ended by itself
   */
  public void awaitTaskManagers() {
    FlinkRest.awaited(
        "TaskManagers", rest::taskManagers, registered -> registered.equals(expected()));
  }

  private Set<String> expected() {
    Set<String> names = new TreeSet<>();
    for (JavaProcess taskManager : taskManagers) {
      if (taskManager.isAlive()) {
        names.add(taskManager.name());
      } else if (!taskManager.wasKilled()) {
        throw new AssertionError(taskManager.name() + " has ended by itself");
      }
    }
    return names;
  }

  /** What the JobManager tells. */
  public FlinkRest rest() {
    return rest;
  }

  /**
   * The newest checkpoint of a job that is complete, for {@code -s}. Its JobManager may be dead;
   * while it lives, it may remove that checkpoint soon.
   *
   * @param folder the {@code --checkpoint-dir} of the job
   */
  public static String lastCheckpoint(Path folder, String jobId) {
    try (Stream<Path> checkpoints = Files.list(folder.resolve(jobId))) {
      return checkpoints
          .filter(checkpoint -> Files.exists(checkpoint.resolve("_metadata")))
          .max(Comparator.comparing(FlinkProcesses::number))
          .orElseThrow(() -> new AssertionError("no checkpoint is complete in " + folder))
          .toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of {@code chk-NUMBER}. */
  private static int number(Path checkpoint) {
    return Integer.parseInt(checkpoint.getFileName().toString().substring("chk-".length()));
  }

  /**
   * {@code flink run -d FLINK-OPTIONS batchnorm-job.jar ARGUMENTS}, which must succeed.
   *
   * @param flinkOptions such as {@code -p 2} or {@code -s SAVEPOINT}
   * @param arguments of the job, its command first
   */
  public CliOutcome submit(List<String> flinkOptions, String... arguments) {
    return run(flinkOptions, arguments).succeeded();
  }

  /** The same, which may also fail. */
  public CliOutcome run(List<String> flinkOptions, String... arguments) {
    List<String> line = new ArrayList<>(List.of("run", "-d"));
    line.addAll(flinkOptions);
    line.add(TARGET.resolve("batchnorm-job.jar").toString());
    line.addAll(List.of(arguments));
    return flink(line.toArray(new String[0]));
  }

  /**
   * Stops the job without losing anything; returns where the savepoint is. Asks for it as {@code
   * flink stop} does, but without starting a JVM first: a bounded job could end meanwhile.
   */
  public String stopWithSavepoint(String jobId) {
    return rest.stopWithSavepoint(jobId, folder.resolve("savepoints"));
  }

  /** Any command of Flink's command line, such as {@code list} or {@code cancel JOB}. */
  public CliOutcome flink(String... arguments) {
    List<String> command =
        new ArrayList<>(ClusterFiles.java(folder, "-XX:TieredStopAtLevel=1", classPath()));
    command.add("org.apache.flink.client.cli.CliFrontend");
    command.addAll(List.of(arguments));
    JavaProcess process =
        JavaProcess.start(
            "cli-" + all.size(),
            logs(),
            command,
            Map.of("FLINK_CONF_DIR", folder.resolve("conf").toString()));
    all.add(process);
    int status = process.await(CLI_DEADLINE);
    return new CliOutcome(status, process.out(), process.err());
  }

  private JavaProcess start(String name, String memory, String main, String... arguments) {
    List<String> command = new ArrayList<>(ClusterFiles.java(folder, memory, classPath()));
    command.addAll(List.of(main, "--configDir", folder.resolve("conf").toString()));
    command.addAll(List.of(arguments));
    JavaProcess process = JavaProcess.start(name, logs(), command, Map.of());
    all.add(process);
    return process;
  }

  private static String classPath() {
    try {
      return Files.readString(TARGET.resolve("embedded.classpath")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path logs() {
    return folder.resolve("logs");
  }

  /** Copies the logs to where they stay, and says where. */
  private AssertionError kept(ExtensionContext context) {
    String test =
        context.getRequiredTestClass().getSimpleName()
            + context.getTestMethod().map(method -> "." + method.getName()).orElse("");
    Path kept = TARGET.resolve("cluster-logs").resolve(test);
    try (Stream<Path> files = Files.list(logs())) {
      FileUtils.deleteDirectoryQuietly(kept.toFile());
      Files.createDirectories(kept);
      for (Path file : files.toList()) {
        Files.copy(file, kept.resolve(file.getFileName()));
      }
      return new AssertionError("the logs of the cluster are in " + kept);
    } catch (IOException e) {
      return new AssertionError("the logs of the cluster could not be kept", e);
    }
  }
}
