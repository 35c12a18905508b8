import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { promisify } from "node:util";

/** Memory that a trainer can have on this machine. */
export interface MachineMemory {
  /** For people. */
  readonly name: string;
  /** Bytes that are free for it now. */
  readonly bytes: number;
  /** bfloat16 products are native: what `computeDtype: auto` chooses by. */
  readonly bfloat16: boolean;
}

/**
 * What is free on this machine: of its largest GPU when the NVIDIA driver shows one and `device` is
 * not `cpu`, otherwise of its own memory, within the limit of the control group (a container's)
 * where there is one.
 */
export async function machineMemory(device: string): Promise<MachineMemory> {
  const gpu = device === "cpu" ? null : await largestGpu();
  return gpu ?? (await processorMemory());
}

async function largestGpu(): Promise<MachineMemory | null> {
  const query = ["--query-gpu=name,memory.free", "--format=csv,noheader,nounits"];
  const answer = await promisify(execFile)("nvidia-smi", query, { timeout: 10_000 }).catch(() => null);
  const gpus = (answer?.stdout ?? "").split("\n").flatMap((line): MachineMemory[] => {
    const [name = "", mebibytes = ""] = line.split(",").map((part) => part.trim());
    const bytes = Number(mebibytes) * 1024 ** 2;
    return bytes > 0 ? [{ name, bytes, bfloat16: true }] : [];
  });
  return gpus.sort((one, other) => other.bytes - one.bytes)[0] ?? null;
}

async function processorMemory(): Promise<MachineMemory> {
  const [info, limit, used, processor] = await Promise.all(
    ["/proc/meminfo", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/proc/cpuinfo"].map(
      (path) => readFile(path, "utf8").catch(() => ""),
    ),
  );
  const available = Number(/MemAvailable:\s+(\d+) kB/.exec(info ?? "")?.[1] ?? totalmem() / 1024) * 1024;
  // "max" where there is no limit.
  const free = /^\d+\s*$/.test(limit ?? "") ? Number(limit) - Number(used) : Number.POSITIVE_INFINITY;
  return {
    name: "this machine",
    bytes: Math.max(Math.min(available, free), 0),
    bfloat16: /\b(?:avx512_bf16|amx_bf16|bf16)\b/.test(processor ?? ""),
  };
}
