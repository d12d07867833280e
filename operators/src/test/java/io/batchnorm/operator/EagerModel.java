package io.batchnorm.operator;

import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.Layer;
import io.batchnorm.core.LayerState;
import io.batchnorm.core.Step;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the keyed operator promises, done the simple way: every directive acts on every key in the
 * order in which they came, nothing is forgotten, and a key that comes late sees all of them first.
 */
final class EagerModel {
  private final Layer layer;
  private final List<Directive> all = new ArrayList<>();
  private final Map<String, Key> keys = new HashMap<>();
  private final List<NormalizedBatch> normalized = new ArrayList<>();
  private final List<String> rejectedIds = new ArrayList<>();

  EagerModel(Job job) {
    this.layer = new Layer(job.config(), job.mode());
    job.seeds().forEach(this::direct);
  }

  private static final class Key {
    private final String name;
    private final List<Directive> waiting = new ArrayList<>();
    private LayerState state = LayerState.NEW;
    private long batches;

    Key(String name) {
      this.name = name;
    }

    void direct(Directive directive) {
      if (!directive.forAllKeys() && !directive.key().equals(name)) {
        return;
      }
      if (directive.afterBatches() > batches) {
        waiting.add(directive);
      } else {
        state = directive.applyTo(state);
      }
    }

    void afterBatch(LayerState next) {
      state = next;
      batches++;
      for (Directive directive : List.copyOf(waiting)) {
        if (directive.afterBatches() == batches) {
          state = directive.applyTo(state);
          waiting.remove(directive);
        }
      }
    }
  }

  void direct(Directive directive) {
    all.add(directive);
    keys.values().forEach(key -> key.direct(directive));
  }

  void batch(FeatureBatch batch) {
    Key key = key(batch.key());
    try {
      Step step = layer.apply(batch.features(), key.state);
      key.afterBatch(step.next());
      normalized.add(
          new NormalizedBatch(
              batch.key(), batch.ids(), step.y(), step.mode(), step.numBatchesTracked()));
    } catch (InvalidBatchException e) {
      rejectedIds.addAll(batch.ids());
    }
  }

  private Key key(String name) {
    return keys.computeIfAbsent(
        name,
        unseen -> {
          Key key = new Key(unseen);
          all.forEach(key::direct);
          return key;
        });
  }

  LayerState state(String key) {
    return key(key).state;
  }

  List<NormalizedBatch> normalized() {
    return normalized;
  }

  List<String> rejectedIds() {
    return rejectedIds;
  }
}
