import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { promisify } from "node:util";

/** Memory that a trainer can use on this machine. */
export interface MachineMemory {
  /** Name of the device, for people. */
  readonly name: string;
  /** Free bytes at the time of the call. */
  readonly bytes: number;
  /** True when the hardware computes bfloat16 products. `computeDtype: auto` depends on this. */
  readonly bfloat16: boolean;
}

/**
 * Measures the free memory of this machine. It is the memory of the largest GPU, if the NVIDIA
 * driver shows a GPU and `device` is not `cpu`. Otherwise it is the main memory, within the limit
 * of the control group (of a container) if there is a limit.
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
  return gpus.sort((first, second) => second.bytes - first.bytes)[0] ?? null;
}

async function processorMemory(): Promise<MachineMemory> {
  const [info, limit, used, processor] = await Promise.all(
    ["/proc/meminfo", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/proc/cpuinfo"].map(
      (path) => readFile(path, "utf8").catch(() => ""),
    ),
  );
  const available = Number(/MemAvailable:\s+(\d+) kB/.exec(info ?? "")?.[1] ?? totalmem() / 1024) * 1024;
  // The file contains "max" when there is no limit.
  const free = /^\d+\s*$/.test(limit ?? "") ? Number(limit) - Number(used) : Number.POSITIVE_INFINITY;
  return {
    name: "this machine",
    bytes: Math.max(Math.min(available, free), 0),
    bfloat16: /\b(?:avx512_bf16|amx_bf16|bf16)\b/.test(processor ?? ""),
  };
}
