package io.batchnorm.job.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The example for Kubernetes names what there is. */
class FlinkDeploymentTest {
  private static final Map<String, Object> DEPLOYMENT =
      SourceTree.yaml("docs/flinkdeployment.yaml");
  private static final Map<String, Object> SPEC = SourceTree.map(DEPLOYMENT.get("spec"));
  private static final Map<String, Object> JOB = SourceTree.map(SPEC.get("job"));

  /** Of FlinkDeployment v1beta1. A name that is none of these, the operator drops in silence. */
  private static final Set<String> FIELDS =
      Set.of(
          "image",
          "imagePullPolicy",
          "serviceAccount",
          "flinkVersion",
          "ingress",
          "flinkConfiguration",
          "logConfiguration",
          "podTemplate",
          "jobManager",
          "taskManager",
          "mode",
          "job",
          "restartNonce");

  private static final Set<String> JOB_FIELDS =
      Set.of(
          "jarURI",
          "parallelism",
          "entryClass",
          "args",
          "state",
          "upgradeMode",
          "allowNonRestoredState",
          "initialSavepointPath",
          "savepointRedeployNonce");

  @Test
  void hasTheOperatorsFieldNames() {
    assertThat(DEPLOYMENT)
        .containsEntry("apiVersion", "flink.apache.org/v1beta1")
        .containsEntry("kind", "FlinkDeployment");
    assertThat(SPEC.keySet()).isSubsetOf(FIELDS);
    assertThat(JOB.keySet()).isSubsetOf(JOB_FIELDS);
    for (String process : Set.of("jobManager", "taskManager")) {
      Map<String, Object> fields = SourceTree.map(SPEC.get(process));
      assertThat(fields.keySet()).isSubsetOf("resource", "replicas", "podTemplate");
      assertThat(SourceTree.map(fields.get("resource")).keySet())
          .isSubsetOf("cpu", "memory", "ephemeralStorage");
    }
  }

  @Test
  void givesSettingsAsStrings() {
    assertThat(SourceTree.map(SPEC.get("flinkConfiguration")).values())
        .allSatisfy(value -> assertThat(value).isInstanceOf(String.class));
  }

  @Test
  void runsTheImageAndTheJarOfTheDockerfile() throws ClassNotFoundException {
    String[] flink = SourceTree.ofPom("flink.version").split("\\.", -1);

    assertThat((String) SPEC.get("image"))
        .endsWith("/flink-batchnorm:" + SourceTree.ofPom("version"));
    assertThat(SPEC).containsEntry("flinkVersion", "v" + flink[0] + "_" + flink[1]);
    assertThat(JOB).containsEntry("jarURI", "local:///opt/flink/usrlib/batchnorm-job.jar");
    assertThat(SourceTree.text("job/Dockerfile"))
        .contains("/build/job/target/batchnorm-job.jar /opt/flink/usrlib/");
    assertThat(Class.forName((String) JOB.get("entryClass")).getSimpleName()).isEqualTo("Main");
  }

  @Test
  void runsTheJobOfTheComposeFile() {
    Map<String, Object> services =
        SourceTree.map(SourceTree.yaml("docker-compose.yml").get("services"));
    Map<String, Object> submit = SourceTree.map(services.get("submit"));

    assertThat(SourceTree.strings(submit.get("command")))
        .startsWith("submit-once")
        .endsWith(SourceTree.strings(JOB.get("args")).toArray(String[]::new));
  }
}
