package io.batchnorm.job.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.job.cluster.FreePorts;
import io.batchnorm.job.cluster.KafkaBroker;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class CommittedOffsetsTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private static KafkaConnection connection(String bootstrap, String group) {
    return new KafkaConnection(bootstrap, Map.of(), Delivery.EXACTLY_ONCE, group);
  }

  private static void raise(String group, Map<Integer, Long> ends) throws Exception {
    CommittedOffsets.raise(connection(BROKER.bootstrap(), group), group, ends);
  }

  @Test
  void areThoseOfTheEndWhereNoneWere() throws Exception {
    BROKER.createTopic("new", 3, Map.of());

    raise("new", Map.of(0, 7L, 1, 0L, 2, 2L));

    assertThat(BROKER.committedOffsets("new", "new")).isEqualTo(Map.of(0, 7L, 2, 2L));
  }

  @Test
  void areNeverLowered() throws Exception {
    BROKER.createTopic("raised", 2, Map.of());
    raise("raised", Map.of(0, 7L, 1, 4L));

    raise("raised", Map.of(0, 5L, 1, 9L));

    assertThat(BROKER.committedOffsets("raised", "raised")).isEqualTo(Map.of(0, 7L, 1, 9L));
  }

  @Test
  void sayThatNoBrokerAnswered() {
    KafkaConnection nobody = connection("127.0.0.1:" + FreePorts.next(), "nobody");

    assertThatThrownBy(() -> CommittedOffsets.raise(nobody, "nobody", Map.of(0, 1L)))
        .isInstanceOf(KafkaFaultException.class)
        .hasMessageContaining("no broker answered at " + nobody.bootstrap());
  }
}
