package io.batchnorm.job;

import static io.batchnorm.job.TopicStory.ALL;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.job.cluster.FlinkProcesses;
import io.batchnorm.job.cluster.FlinkRest;
import io.batchnorm.job.cluster.KafkaBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * 50,000 readings and 2,000 images over three partitions, through a cluster of processes and a real
 * broker that fail. Readers of committed records must see what an unbroken run of the same records
 * writes, and nothing else.
 */
@Timeout(400)
class KafkaFaultIT {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  /** All slots are in use, so that every TaskManager that is killed takes a part of the job. */
  @RegisterExtension static final FlinkProcesses CLUSTER = FlinkProcesses.withTaskManagers(2);

  private static TopicStory story;

  @TempDir Path folder;
  private final FlinkRest rest = CLUSTER.rest();

  @BeforeAll
  static void runUnbroken() throws Exception {
    story = TopicStory.on(BROKER);
  }

  @Test
  void writesEveryRecordOnceWhileMachinesDie() throws Exception {
    story.createTopics("machines");
    String job = story.submit(CLUSTER, "machines", "machines", folder, List.of("-p", "2"));
    int part = ALL / 5;
    int taskManager = 0;
    for (int kill = 0; kill < 3; kill++) {
      rest.awaitCheckpoints(job, rest.checkpoints(job) + 1);
      story.send("machines", kill * part, (kill + 1) * part);
      assertThat(story.committed("machines"))
          .as("some are under way")
          .isLessThan((kill + 1) * part);
      int failures = rest.restarts(job);
      CLUSTER.killTaskManager(taskManager);
      taskManager = CLUSTER.startTaskManager();
      rest.awaitRestarts(job, failures + 1);
      rest.awaitRunning(job);
    }
    assertThat(rest.restores(job)).as("went on from checkpoints").isGreaterThanOrEqualTo(3);

    rest.awaitCheckpoints(job, rest.checkpoints(job) + 1);
    story.send("machines", 3 * part, 4 * part);
    assertThat(story.committed("machines")).as("some are under way").isLessThan(4 * part);
    CLUSTER.killJobManager();
    CLUSTER.startJobManager();
    CLUSTER.awaitTaskManagers();
    assertThat(rest.jobs()).as("jobs of the JobManager before it").isEmpty();
    story.send("machines", 4 * part, ALL);
    String last = FlinkProcesses.lastCheckpoint(folder.resolve("checkpoints"), job);
    String second =
        story.submit(CLUSTER, "machines", "machines", folder, List.of("-p", "2", "-s", last));
    story.awaitAll("machines");

    assertThat(rest.restores(second)).as("went on from a checkpoint").isEqualTo(1);
    CLUSTER.flink("cancel", second);
    story.assertSameAsUnbroken("machines");
  }

  @Test
  void goesOnWhenTheBrokerComesBack() throws Exception {
    story.createTopics("broker");
    String job = story.submit(CLUSTER, "broker", "broker", folder, List.of("-p", "2"));
    story.send("broker", 0, ALL / 2);
    rest.awaitCheckpoints(job, rest.checkpoints(job) + 1);

    BROKER.stop();
    // How long the fault lasts; nothing waits for anything here.
    TimeUnit.SECONDS.sleep(30);
    BROKER.start();
    story.send("broker", ALL / 2, ALL);
    story.awaitAll("broker");

    assertThat(rest.state(job)).isEqualTo("RUNNING");
    CLUSTER.flink("cancel", job);
    story.assertSameAsUnbroken("broker");
  }
}
