/** The list of step kinds: one line each. */
import type { StepKind } from '../engine/step.ts';
import { allowTraffic } from './allow-traffic.ts';
import { installCa, makeCa } from './certificates.ts';
import { checkServer } from './check-server.ts';
import { applyPatches, cloneDevstack, configureGit, installBuilderPlugin, installPlugin } from './checkout-devstack.ts';
import { writeComputeId, writeLocalConf } from './configure-devstack.ts';
import { createFloatingIp } from './create-floating-ip.ts';
import { createPort } from './create-port.ts';
import { createSecurityGroup } from './create-security-group.ts';
import { createServer } from './create-server.ts';
import { discoverHosts } from './discover-hosts.ts';
import { checkForgotten, forgetCompute, forgetHypervisors } from './forget-compute.ts';
import { installHostKey, makeHostKey } from './host-key.ts';
import { disableCompute, enableCompute, moveGuests } from './leave-cloud.ts';
import { checkMigrationSsh, makeMigrationKey, trustMigrationKeys } from './migration-ssh.ts';
import { checkOverlay, installOpenvswitch, joinPublicBridge, makeOverlay } from './overlay-network.ts';
import type { StepPorts } from './ports.ts';
import { createStackUser, installPackages, setNames, waitCloudInit, writeRepositories } from './prepare-node.ts';
import { keepPublicBridge } from './public-bridge.ts';
import { readCommits } from './read-commits.ts';
import { removeNode } from './remove-node.ts';
import { removeServer } from './remove-server.ts';
import { runStack } from './run-stack.ts';
import { createVhosts, stopIdleTwins } from './split-api.ts';
import { releaseStack, startStack } from './start-stack.ts';
import { stopCompute } from './stop-compute.ts';
import { unstack } from './unstack.ts';
import { installFiles, USER_STEPS } from './user-parts.ts';
import { waitServer } from './wait-server.ts';
import { waitSsh } from './wait-ssh.ts';
import { writeMirrors } from './write-mirrors.ts';

/** A kind's own input and output types are checked by its zod schemas when a plan is loaded; the list forgets them. */
type AnyKind = StepKind<StepPorts>;

export const STEP_KINDS: ReadonlyMap<string, AnyKind> = new Map(
  (
    [
      createSecurityGroup,
      allowTraffic,
      createPort,
      createFloatingIp,
      createServer,
      waitServer,
      waitSsh,
      waitCloudInit,
      checkServer,
      makeHostKey,
      installHostKey,
      setNames,
      createStackUser,
      writeRepositories,
      writeMirrors,
      installPackages,
      configureGit,
      cloneDevstack,
      applyPatches,
      installPlugin,
      installBuilderPlugin,
      writeLocalConf,
      installFiles,
      ...USER_STEPS,
      writeComputeId,
      installOpenvswitch,
      makeOverlay,
      checkOverlay,
      joinPublicBridge,
      makeMigrationKey,
      trustMigrationKeys,
      checkMigrationSsh,
      makeCa,
      installCa,
      startStack,
      releaseStack,
      runStack,
      unstack,
      forgetHypervisors,
      createVhosts,
      stopIdleTwins,
      keepPublicBridge,
      readCommits,
      discoverHosts,
      removeServer,
      disableCompute,
      enableCompute,
      moveGuests,
      stopCompute,
      forgetCompute,
      removeNode,
      checkForgotten,
    ] as unknown as readonly AnyKind[]
  ).map((kind) => [kind.kind, kind]),
);
