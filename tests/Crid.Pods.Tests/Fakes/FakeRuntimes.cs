using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

/// <summary>The runtime handlers of the fake machine: the default one and <c>other</c>.</summary>
internal sealed class FakeRuntimes(Incarnation life) : IOciRuntimes
{
    public FakeRuntime Default { get; } = new(life, "runc");

    public FakeRuntime Other { get; } = new(life, "other");

    public IReadOnlyList<RuntimeHandler> Handlers { get; } = [];

    public CgroupDriver CgroupDriver => CgroupDriver.Cgroupfs;

    public IOciRuntime Get(string handler) => handler switch
    {
        "" or "runc" => Default,
        "other" => Other,
        _ => throw CridException.InvalidArgument($"no runtime handler '{handler}'"),
    };
}
