using Crid.Images;
using Crid.Linux;
using Crid.Pods;

namespace Crid.Cri;

/// <summary>What containers and sandboxes use, from crid's records to the CRI. Attributes and <c>linux</c> are always there: kubelet reads them unasked.</summary>
internal static class StatisticsMapper
{
    public static ContainerFilter ToFilter(Api.ContainerStatsFilter? filter) => new(
        filter?.Id, filter?.PodSandboxId, State: null, filter is null ? null : new Dictionary<string, string>(filter.LabelSelector));

    public static SandboxFilter ToFilter(Api.PodSandboxStatsFilter? filter) => new(
        filter?.Id, State: null, filter is null ? null : new Dictionary<string, string>(filter.LabelSelector));

    public static Api.ContainerStats ToMessage(ContainerStatistics statistics) => new()
    {
        Attributes = ContainerMapper.ToAttributes(statistics.Container),
        Cpu = ToCpu(statistics.Sample),
        Memory = ToMemory(statistics.Sample),
        Swap = ToSwap(statistics.Sample),
        Io = ToIo(statistics.Sample),
        WritableLayer = statistics.WritableLayer is FilesystemUsage layer ? ImageMapper.ToMessage(layer) : null,
    };

    public static Api.PodSandboxStats ToMessage(SandboxStatistics statistics)
    {
        long readAt = Timestamps.ToNanoseconds(statistics.Sample.ReadAt);
        Api.LinuxPodSandboxStats linux = new()
        {
            Cpu = ToCpu(statistics.Sample),
            Memory = ToMemory(statistics.Sample),
            Io = ToIo(statistics.Sample),
            Network = ToNetwork(statistics, readAt),
            Process = new Api.ProcessUsage { Timestamp = readAt, ProcessCount = Value(statistics.Processes) },
        };
        linux.Containers.Add(statistics.Containers.Select(ToMessage));
        return new Api.PodSandboxStats { Attributes = SandboxMapper.ToAttributes(statistics.Sandbox), Linux = linux };
    }

    private static Api.CpuUsage ToCpu(CgroupSample sample) => new()
    {
        Timestamp = Timestamps.ToNanoseconds(sample.ReadAt),
        UsageCoreNanoSeconds = Value(sample.Reading.CpuNanoseconds),
        UsageNanoCores = Value(sample.NanoCores),
        Psi = ToPsi(sample.Reading.CpuPressure),
    };

    private static Api.MemoryUsage? ToMemory(CgroupSample sample) => sample.Reading.Memory is not CgroupMemory memory ? null : new Api.MemoryUsage
    {
        Timestamp = Timestamps.ToNanoseconds(sample.ReadAt),
        WorkingSetBytes = Value(memory.WorkingSet),
        AvailableBytes = Value(memory.Available),
        UsageBytes = Value(memory.Usage),
        RssBytes = Value(memory.Anonymous),
        PageFaults = Value(memory.PageFaults),
        MajorPageFaults = Value(memory.MajorPageFaults),
        Psi = ToPsi(sample.Reading.MemoryPressure),
    };

    private static Api.SwapUsage? ToSwap(CgroupSample sample) => sample.Reading.Swap is not CgroupSwap swap ? null : new Api.SwapUsage
    {
        Timestamp = Timestamps.ToNanoseconds(sample.ReadAt),
        SwapUsageBytes = Value(swap.Usage),
        SwapAvailableBytes = Value(swap.Available),
    };

    private static Api.IoUsage? ToIo(CgroupSample sample) => sample.Reading.IoPressure is not Pressure pressure ? null : new Api.IoUsage
    {
        Timestamp = Timestamps.ToNanoseconds(sample.ReadAt),
        Psi = ToPsi(pressure),
    };

    // kubelet demands a default interface wherever there is a network, and expects it among the others too.
    private static Api.NetworkUsage? ToNetwork(SandboxStatistics statistics, long readAt)
    {
        if (statistics.DefaultInterface is not InterfaceCounters main)
        {
            return null;
        }

        Api.NetworkUsage network = new() { Timestamp = readAt, DefaultInterface = ToMessage(main) };
        network.Interfaces.Add(statistics.Interfaces.Select(ToMessage));
        return network;
    }

    private static Api.NetworkInterfaceUsage ToMessage(InterfaceCounters counters) => new()
    {
        Name = counters.Name,
        RxBytes = Value(counters.ReceivedBytes),
        RxErrors = Value(counters.ReceiveErrors),
        TxBytes = Value(counters.SentBytes),
        TxErrors = Value(counters.SendErrors),
    };

    private static Api.PsiStats? ToPsi(Pressure? pressure) =>
        pressure is null ? null : new Api.PsiStats { Some = ToPsi(pressure.Some), Full = ToPsi(pressure.Full) };

    private static Api.PsiData ToPsi(PressureLine line) => new()
    {
        Total = line.TotalMicroseconds * 1000,
        Avg10 = line.Average10,
        Avg60 = line.Average60,
        Avg300 = line.Average300,
    };

    private static Api.UInt64Value? Value(ulong? value) => value is ulong known ? new Api.UInt64Value { Value = known } : null;
}
