// Trips of a scenario: what each is doing at an hour, and what districts have by then.

export const STATES = ["wait", "load", "drive", "unload", "return", "done"];

export const NOISE = 1e-6;

// Groups of equal trips, out of the rows of the view.
export function readTrips(part, states) {
  return part.trips.map(([from, to, fleet, state, release, load, depart, arrive, unloaded, back, names]) => ({
    from, to, fleet, state: states[state], release, load, depart, arrive, unloaded, back, names, count: names.length,
  }));
}

export function stateAt(trip, hour) {
  const at = hour + NOISE;
  if (at < trip.load) return "wait";
  if (at < trip.depart) return "load";
  if (trip.state === "lost") return "done";
  if (at < trip.arrive) return "drive";
  if (at < trip.unloaded) return "unload";
  return at < trip.back ? "return" : "done";
}

export function tally(trips, hour) {
  const counts = Object.fromEntries(STATES.map((name) => [name, 0]));
  for (const trip of trips) counts[stateAt(trip, hour)] += trip.count;
  return counts;
}

// Weighted share of a district's need in hand; null where nothing is needed.
export function shareAt(part, district, hour) {
  const steps = part.steps[district];
  if (!steps) return null;
  let share = 0;
  for (const [from, then] of steps) {
    if (from > hour + NOISE) break;
    share = then;
  }
  return share;
}

// Last value of a curve of steps at an hour.
export function curveAt(xs, ys, hour) {
  let found = 0;
  for (let k = 0; k < xs.length && xs[k] <= hour + NOISE; k += 1) found = ys[k];
  return found;
}

export const laneKey = (from, to) => `${from} ${to}`;
