package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.LayerState;
import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyState;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a savepoint says of keys is what the operator would make of them. */
class SavedLayersTest {
  private static final Directive[] DIRECTIVES = {
    Directive.load("camera", Batches.statistics()),
    Directive.load("unseen", Batches.statistics()),
    Directive.load("reset", Batches.statistics()),
    Directive.reset("reset"),
    Directive.freeze("*"),
    Directive.unfreeze("sensor"),
    Directive.load("later", Batches.statistics()).afterBatches(2)
  };

  @Test
  void directivesReachKeysThatNoRecordVisitsAnyMore() throws Exception {
    Map<String, KeyState> saved = new HashMap<>();
    EagerModel model = new EagerModel(Job.on(Backend.HASHMAP));
    try (Subtask subtask = Job.on(Backend.HASHMAP).open()) {
      for (String key : new String[] {"camera", "sensor", "tenant"}) {
        subtask.batch(Batches.of(key, 1));
        model.batch(Batches.of(key, 1));
        saved.put(key, subtask.state(key));
      }
    }
    Map<Long, Directive> log = new HashMap<>();
    for (Directive directive : DIRECTIVES) {
      log.put(log.size() + 1L, directive);
      model.direct(directive);
    }

    SortedMap<String, KeyState> now = SavedLayers.caughtUp(saved, log);

    Map<String, LayerState> layers = new TreeMap<>();
    now.forEach((key, state) -> layers.put(key, state.layer()));
    assertThat(layers.keySet())
        .containsExactly("camera", "later", "reset", "sensor", "tenant", "unseen");
    layers.forEach((key, layer) -> assertThat(layer).as(key).isEqualTo(model.state(key)));
    assertThat(now.get("later").hasWaiting()).isTrue();
    assertThat(now.get("camera").batches()).isEqualTo(1);
  }
}
