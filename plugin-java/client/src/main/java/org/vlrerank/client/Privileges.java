package org.vlrerank.client;

import java.util.function.Supplier;

/**
 * Runs an action with the plugin's own rights where the engine checks those of the whole call
 * stack.
 */
public interface Privileges {
    <T> T run(Supplier<T> action);

    /** For engines that look at the calling class alone. */
    Privileges NONE =
            new Privileges() {
                @Override
                public <T> T run(Supplier<T> action) {
                    return action.get();
                }
            };
}
