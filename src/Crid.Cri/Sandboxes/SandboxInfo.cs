using System.Text.Json;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri;

/// <summary>What a verbose status tells of a sandbox beyond the CRI's fields.</summary>
internal static class SandboxInfo
{
    public static string ToJson(Sandbox sandbox) => VerboseInfo.Write(writer =>
    {
        writer.WriteNumber("pid", sandbox.Status.Environment?.InfraPid ?? 0);
        writer.WriteString("netNamespace", sandbox.Status.Environment?.NetworkNamespace);
        writer.WriteString("cgroupParent", sandbox.Spec.CgroupParent);
        writer.WriteBoolean("privileged", sandbox.Spec.Security.Privileged);
        WriteResources(writer, "resources", sandbox.Status.Resources);
        WriteResources(writer, "overhead", sandbox.Status.Overhead);
        WriteNetworkResult(writer, sandbox.Status.NetworkResultJson);
    });

    /// <summary>What the node agent said of the pod, whose cgroup it sets itself; what it left unset is left out.</summary>
    private static void WriteResources(Utf8JsonWriter writer, string name, ResourcesSpec? resources)
    {
        if (resources is null)
        {
            return;
        }

        writer.WriteStartObject(name);
        WriteIfSet(writer, "cpuPeriod", resources.CpuPeriod);
        WriteIfSet(writer, "cpuQuota", resources.CpuQuota);
        WriteIfSet(writer, "cpuShares", resources.CpuShares);
        WriteIfSet(writer, "memoryLimitInBytes", resources.MemoryLimitInBytes);
        WriteIfSet(writer, "oomScoreAdj", resources.OomScoreAdj);
        WriteIfSet(writer, "cpusetCpus", resources.CpusetCpus);
        WriteIfSet(writer, "cpusetMems", resources.CpusetMems);
        WriteHugepageLimits(writer, resources.HugepageLimits);
        WriteUnified(writer, resources.Unified);
        WriteIfSet(writer, "memorySwapLimitInBytes", resources.MemorySwapLimitInBytes);
        writer.WriteEndObject();
    }

    private static void WriteIfSet(Utf8JsonWriter writer, string name, long value)
    {
        if (value != 0)
        {
            writer.WriteNumber(name, value);
        }
    }

    private static void WriteIfSet(Utf8JsonWriter writer, string name, string value)
    {
        if (value.Length > 0)
        {
            writer.WriteString(name, value);
        }
    }

    private static void WriteHugepageLimits(Utf8JsonWriter writer, IReadOnlyList<HugepageLimitSpec> limits)
    {
        if (limits.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("hugepageLimits");
        foreach (HugepageLimitSpec limit in limits)
        {
            writer.WriteStartObject();
            writer.WriteString("pageSize", limit.PageSize);
            writer.WriteNumber("limit", limit.Limit);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteUnified(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> unified)
    {
        if (unified.Count == 0)
        {
            return;
        }

        writer.WriteStartObject("unified");
        foreach ((string file, string value) in unified.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WriteString(file, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteNetworkResult(Utf8JsonWriter writer, string json)
    {
        if (json.Length > 0)
        {
            writer.WritePropertyName("cniResult");
            using JsonDocument result = JsonDocument.Parse(json);
            result.WriteTo(writer);
        }
    }
}
