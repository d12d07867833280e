package io.batchnorm.job;

import static io.batchnorm.job.TopicStory.ALL;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.job.cluster.FlinkProcesses;
import io.batchnorm.job.cluster.FlinkRest;
import io.batchnorm.job.cluster.KafkaBroker;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A savepoint of a job over topics, restored by jobs of another size. */
@Timeout(400)
class KafkaSavepointIT {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  @RegisterExtension
  static final FlinkProcesses CLUSTER =
      FlinkProcesses.withTaskManagers(2).with("taskmanager.numberOfTaskSlots", "2");

  private static TopicStory story;

  @TempDir Path folder;
  private final FlinkRest rest = CLUSTER.rest();

  @BeforeAll
  static void runUnbroken() throws Exception {
    story = TopicStory.on(BROKER);
  }

  @Test
  void givesTheSameBitsAtAnyParallelismAndOnAnyBackendBehindASavepoint() throws Exception {
    story.createTopics("half");
    String job = story.submit(CLUSTER, "half", "half", folder, List.of("-p", "2"));
    story.send("half", 0, ALL / 2);
    // Behind it, batches of most keys are half full.
    story.awaitCommitted("half", ALL / 3);
    String savepoint = CLUSTER.stopWithSavepoint(job);
    rest.awaitFinished(job);
    story.send("half", ALL / 2, ALL);
    Map<String, String> before = story.written("half");
    assertThat(before).hasSizeBetween(ALL / 3, ALL - 1);

    for (String backend : List.of("hashmap", "rocksdb")) {
      for (int parallelism : new int[] {1, 4}) {
        String name = backend + parallelism;
        story.createOutputs(name);
        List<String> options = List.of("-p", "" + parallelism, "-s", savepoint);
        String restored =
            story.submit(CLUSTER, "half", name, folder, options, "--state-backend=" + backend);
        story.awaitCommitted(name, ALL - before.size());
        CLUSTER.flink("cancel", restored);

        Map<String, String> all = story.written(name);
        assertThat(Collections.disjoint(all.keySet(), before.keySet())).as("none twice").isTrue();
        all.putAll(before);
        story.assertSameAsUnbroken(name, all);
      }
    }
  }
}
