/** What every rehearsal cloud boots servers from: images, flavors, zones. */
import { idOf } from './account.ts';

export interface ImageFacts {
  readonly id: string;
  readonly name: string;
  readonly distro: string;
  readonly version: string;
  /** Whether os_distro and os_version tell it; CirrOS, as DevStack and most people upload it, says nothing. */
  readonly isTold: boolean;
  /** Login user of its cloud-init. */
  readonly user: string;
  readonly minDiskGb: number;
  readonly minRamMb: number;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

function image(
  name: string,
  distro: string,
  version: string,
  user: string,
  minDiskGb: number,
  createdAt: string,
): ImageFacts {
  return {
    id: idOf(`image ${name}`),
    name,
    distro,
    version,
    isTold: distro !== 'cirros',
    user,
    minDiskGb,
    minRamMb: 512,
    sizeBytes: 440_401_920,
    createdAt,
  };
}

export const IMAGES: readonly ImageFacts[] = [
  image('debian-12-genericcloud', 'debian', '12', 'debian', 3, '2026-01-12T08:00:00Z'),
  image('ubuntu-24.04-noble', 'ubuntu', '24.04', 'ubuntu', 4, '2026-01-20T08:00:00Z'),
  image('rocky-9-genericcloud', 'rocky', '9.5', 'rocky', 10, '2025-12-02T08:00:00Z'),
  image('cirros-0.6.3', 'cirros', '0.6.3', 'cirros', 1, '2025-09-01T08:00:00Z'),
];

export interface FlavorFacts {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMb: number;
  readonly diskGb: number;
}

export const FLAVORS: readonly FlavorFacts[] = [
  { id: '1', name: 'm1.tiny', vcpus: 1, ramMb: 512, diskGb: 1 },
  { id: '2', name: 'm1.small', vcpus: 1, ramMb: 2048, diskGb: 20 },
  { id: '3', name: 'm1.medium', vcpus: 2, ramMb: 4096, diskGb: 40 },
  { id: '4', name: 'm1.large', vcpus: 4, ramMb: 8192, diskGb: 80 },
  { id: '5', name: 'm1.xlarge', vcpus: 8, ramMb: 16_384, diskGb: 160 },
];

export const ZONES: readonly string[] = ['nova', 'east'];
