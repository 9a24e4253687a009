using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Changes a container's limits, in the kernel first and in its record last; a failure restores the former ones.</summary>
internal sealed class UpdateContainerResources(PodsContext context)
{
    public Task ExecuteAsync(string id, ResourcesSpec resources, CancellationToken caller)
    {
        Container container = context.Containers.Get(id);
        return context.RunAsync(
            $"update the resources of container '{container.Id.Short}'", token => UpdateAsync(container.Id, resources, token), caller);
    }

    private async Task UpdateAsync(ContainerId id, ResourcesSpec resources, CancellationToken cancellationToken)
    {
        using IDisposable held = await context.ContainerLocks.AcquireAsync(id, cancellationToken);
        Container container = context.Containers.Find(id) ?? throw CridException.NotFound($"no container '{id}'");
        if (container.Status.State is not (ContainerState.Created or ContainerState.Running))
        {
            container.Status.Require(ContainerState.Running, $"update the resources of container '{id.Short}'");
        }

        IOciRuntime runtime = context.RuntimeOf(container);
        ResourcesSpec before = container.Status.Resources ?? new ResourcesSpec();
        ResourcesSpec after = ResourcesMerge.Apply(before, resources);
        RequireFits(container, before, after);
        await using Rollback rollback = new(context.Logger, context.Options.UndoTimeout);
        rollback.Add("resources", undo => runtime.UpdateAsync(id, before, undo));
        await runtime.UpdateAsync(id, after, cancellationToken);
        await context.Containers.UpdateAsync(id, current => current with { Status = current.Status with { Resources = after } });
        rollback.Commit();
    }

    /// <summary>Cgroup v2 takes a limit below what is in use for a reason to kill. Whoever wants that can stop the container.</summary>
    private void RequireFits(Container container, ResourcesSpec before, ResourcesSpec after)
    {
        long limit = after.MemoryLimitInBytes;
        if (limit <= 0 || limit == before.MemoryLimitInBytes)
        {
            return;
        }

        if (context.Ports.Host.Cgroups.FindWorkingSet(container.Status.CgroupPath) is ulong used && used > (ulong)limit)
        {
            throw CridException.FailedPrecondition(
                $"memory limit of container '{container.Id.Short}': {limit} bytes are less than the {used} bytes that it has in use");
        }
    }
}
