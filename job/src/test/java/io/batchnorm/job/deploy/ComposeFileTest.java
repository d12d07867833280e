package io.batchnorm.job.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What docker-compose.yml promises; whether it starts, only containers can tell. */
class ComposeFileTest {
  private static final Map<String, Object> COMPOSE = SourceTree.yaml("docker-compose.yml");
  private static final String OURS = "flink-batchnorm:" + SourceTree.ofPom("version");

  static Set<String> services() {
    return SourceTree.map(COMPOSE.get("services")).keySet();
  }

  private static Map<String, Object> service(String name) {
    return SourceTree.map(SourceTree.map(COMPOSE.get("services")).get(name));
  }

  @Test
  void hasOneJobManagerTwoTaskManagersKafkaPrometheusAndTheJob() {
    assertThat(services())
        .containsExactlyInAnyOrder(
            "jobmanager",
            "taskmanager-1",
            "taskmanager-2",
            "submit",
            "feed",
            "kafka",
            "prometheus");
    assertThat(service("feed").get("profiles")).isEqualTo(List.of("demo"));
  }

  @ParameterizedTest
  @MethodSource("services")
  void publishesPortsOnLoopbackOnly(String name) {
    assertThat(SourceTree.strings(service(name).get("ports")))
        .allSatisfy(port -> assertThat(port).startsWith("127.0.0.1:"));
    assertThat(service(name)).doesNotContainKey("network_mode");
  }

  @ParameterizedTest
  @MethodSource("services")
  void runsNothingAsRoot(String name) {
    assertThat(service(name)).doesNotContainKeys("user", "privileged", "cap_add", "pid");
    assertThat(service(name).toString()).doesNotContain("docker.sock");
  }

  @ParameterizedTest
  @MethodSource("services")
  void takesImagesByTheVersionsOfTheBuild(String name) {
    String wanted =
        switch (name) {
          case "kafka" -> "apache/kafka:" + SourceTree.ofPom("kafka.version");
          case "prometheus" -> "prom/prometheus:v3.5.0";
          default -> OURS;
        };

    assertThat(service(name).get("image")).isEqualTo(wanted);
  }

  @ParameterizedTest
  @MethodSource("services")
  void knowsWhetherAServiceWorks(String name) {
    boolean oneShot = List.of("submit", "feed").contains(name);

    assertThat(service(name).containsKey("healthcheck")).isEqualTo(!oneShot);
    assertThat(service(name).get("restart")).isEqualTo(oneShot ? null : "unless-stopped");
  }

  @Test
  void givesAllOfFlinkTheSameSettings() {
    Map<String, String> settings = flinkProperties("jobmanager");

    assertThat(settings)
        .containsEntry("web.submit.enable", "false")
        .containsEntry("execution.checkpointing.dir", "file:///state/checkpoints")
        .containsEntry("execution.checkpointing.savepoint-dir", "file:///state/savepoints")
        .containsEntry(
            "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    for (String name : List.of("taskmanager-1", "taskmanager-2", "submit", "feed")) {
      assertThat(flinkProperties(name)).isEqualTo(settings);
      assertThat(service(name).get("volumes")).isEqualTo(List.of("state:/state"));
    }
  }

  @Test
  void scrapesAllProcessesOfFlink() {
    Map<String, Object> prometheus = SourceTree.yaml("job/docker/prometheus.yml");
    Map<String, Object> flink = first(prometheus.get("scrape_configs"));
    String port = flinkProperties("jobmanager").get("metrics.reporter.prom.port");

    assertThat(SourceTree.strings(first(flink.get("static_configs")).get("targets")))
        .containsExactlyInAnyOrder(
            "jobmanager:" + port, "taskmanager-1:" + port, "taskmanager-2:" + port);
    assertThat(SourceTree.strings(service("prometheus").get("volumes")))
        .contains("./job/docker/prometheus.yml:/etc/prometheus/prometheus.yml:ro");
  }

  @Test
  void buildsOnTheSameFlinkAndNotAsRoot() {
    List<String> lines = SourceTree.text("job/Dockerfile").lines().toList();
    int runtime = lines.indexOf("FROM flink:" + SourceTree.ofPom("flink.version") + "-java17");

    assertThat(runtime).isPositive();
    assertThat(lines.subList(runtime, lines.size()))
        .filteredOn(line -> line.startsWith("USER "))
        .last()
        .isEqualTo("USER flink");
    assertThat(lines).noneMatch(line -> line.startsWith("ENTRYPOINT"));
  }

  private static Map<String, Object> first(Object list) {
    return SourceTree.map(((List<?>) list).get(0));
  }

  /** As Flink's image reads them. */
  private static Map<String, String> flinkProperties(String name) {
    Map<String, Object> environment = SourceTree.map(service(name).get("environment"));
    Map<String, String> settings = new TreeMap<>();
    for (String line : ((String) environment.get("FLINK_PROPERTIES")).split("\n", -1)) {
      String[] pair = line.replaceAll("\\s", "").split(":", 2);
      if (pair.length == 2) {
        settings.put(pair[0], pair[1]);
      }
    }
    return settings;
  }
}
