package io.batchnorm.job.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a cluster reads when it starts: {@code config.yaml}, the settings of its log, JVM flags. */
final class ClusterFiles {
  private static final String LOG =
      """
      rootLogger.level = INFO
      rootLogger.appenderRef.file.ref = File
      appender.file.name = File
      appender.file.type = File
      appender.file.fileName = ${sys:log.file}
      appender.file.layout.type = PatternLayout
      appender.file.layout.pattern = %d{HH:mm:ss,SSS} %-5p %-60c %x - %m%n
      """;

  private ClusterFiles() {}

  static void write(Path folder, int rpcPort, int restPort, Map<String, String> more)
      throws IOException {
    Map<String, String> settings = new TreeMap<>(addresses(rpcPort, restPort));
    settings.putAll(memory());
    settings.put("io.tmp.dirs", folder.resolve("tmp").toString());
    settings.put("execution.checkpointing.dir", folder.resolve("checkpoints").toUri().toString());
    settings.put("heartbeat.interval", "1 s");
    settings.put("heartbeat.timeout", "10 s");
    settings.put("cluster.registration.error-delay", "500 ms");
    settings.put("web.refresh-interval", "100 ms");
    settings.putAll(more);
    List<String> lines = new ArrayList<>();
    settings.forEach((key, value) -> lines.add("%s: %s".formatted(key, value)));
    Files.write(folder.resolve("conf/config.yaml"), lines);
    Files.writeString(folder.resolve("conf/log4j2.properties"), LOG);
  }

  private static Map<String, String> addresses(int rpcPort, int restPort) {
    return Map.of(
        "jobmanager.rpc.address", "127.0.0.1",
        "jobmanager.rpc.port", Integer.toString(rpcPort),
        "jobmanager.bind-host", "127.0.0.1",
        "taskmanager.host", "127.0.0.1",
        "taskmanager.bind-host", "127.0.0.1",
        "rest.address", "127.0.0.1",
        "rest.bind-address", "127.0.0.1",
        "rest.port", Integer.toString(restPort));
  }

  /** All parts, which Flink's own scripts work out before they start a process. */
  private static Map<String, String> memory() {
    Map<String, String> sizes = new TreeMap<>();
    sizes.put("jobmanager.memory.process.size", "900m");
    sizes.put("taskmanager.cpu.cores", "1");
    String[] parts = {
      "framework.heap.size=128m",
      "task.heap.size=384m",
      "framework.off-heap.size=128m",
      "task.off-heap.size=32m",
      "managed.size=128m",
      "network.min=64m",
      "network.max=64m",
      "jvm-metaspace.size=256m",
      "jvm-overhead.min=64m",
      "jvm-overhead.max=64m"
    };
    for (String part : parts) {
      int equals = part.indexOf('=');
      sizes.put("taskmanager.memory." + part.substring(0, equals), part.substring(equals + 1));
    }
    return sizes;
  }

  /** The flags of a process, up to its main class. */
  static List<String> java(Path folder, String flag, String classPath) {
    List<String> flags = new ArrayList<>(List.of(System.getProperty("batchnorm.opens").split(" ")));
    flags.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:MaxMetaspaceSize=256m",
            flag,
            "-Djava.io.tmpdir=" + folder.resolve("tmp"),
            "-Dlog4j2.configurationFile=" + folder.resolve("conf/log4j2.properties"),
            "-cp",
            classPath));
    return flags;
  }
}
