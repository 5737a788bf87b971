/** Which of nova's cells have a node of their own, and which are hosted by the node with the APIs (devstack.md sections 1.7, 1.8). */
import type { RoleName } from './role.ts';

/** A group of a layout, or a node of one: a node with role child-cell has its group's name and cell. */
interface Placed {
  readonly role: RoleName;
  readonly cell: number;
}

/** What hosts a cell's database, message queue and conductor; undefined where the node with the APIs does. */
export function childOf<P extends Placed>(places: readonly P[], cell: number): P | undefined {
  return places.find((place) => place.role === 'child-cell' && place.cell === cell);
}

/** Of so many cells besides cell0, those that the node with the APIs hosts: DevStack makes them from 1 on, without gaps. */
export function hostedCells(cells: number, places: readonly Placed[]): readonly number[] {
  return Array.from({ length: cells }, (_, index) => index + 1).filter((cell) => childOf(places, cell) === undefined);
}
