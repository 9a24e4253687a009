using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>
/// Changes a container's limits: the intent is recorded, then the kernel has them, then the record. A failure or a crash in between restores the
/// former ones.
/// </summary>
internal sealed class UpdateContainerResources(PodsContext context)
{
    public Task ExecuteAsync(string id, ResourcesSpec resources, CancellationToken caller)
    {
        Container container = context.Containers.Get(id);
        return context.RunAsync(
            $"update the resources of container '{container.Id.Short}'", token => UpdateAsync(container.Id, resources, token), caller);
    }

    /// <summary>Takes back an update that was cut short.</summary>
    public async Task RevertAsync(ContainerId id, CancellationToken cancellationToken)
    {
        Container container = context.Containers.Get(id.Value);
        if (container.Status.Updating is { } after)
        {
            ResourcesSpec before = container.Status.Resources ?? new ResourcesSpec();
            await context.RuntimeOf(container).UpdateAsync(id, ResourcesMerge.Revert(before, after), cancellationToken);
            await context.Containers.UpdateAsync(id, current => current with { Status = current.Status with { Updating = null } });
        }
    }

    private async Task UpdateAsync(ContainerId id, ResourcesSpec resources, CancellationToken cancellationToken)
    {
        using IDisposable held = await context.ContainerLocks.AcquireAsync(id, cancellationToken);
        Container container = context.Containers.Find(id) ?? throw CridException.NotFound($"no container '{id}'");
        if (container.Status.State is not (ContainerState.Created or ContainerState.Running))
        {
            container.Status.Require(ContainerState.Running, $"update the resources of container '{id.Short}'");
        }

        ResourcesSpec before = container.Status.Resources ?? new ResourcesSpec();
        RequireSameHugepages(container, before, resources);
        ResourcesSpec after = ResourcesMerge.Apply(before, resources);
        RequireFits(container, before, after);
        await context.Containers.UpdateAsync(id, current => current with { Status = current.Status with { Updating = after } });
        await using Rollback rollback = new(context.Logger, context.Options.UndoTimeout);
        rollback.Add("resources", undo => RevertAsync(id, undo));
        await context.RuntimeOf(container).UpdateAsync(id, after, cancellationToken);
        await context.Containers.UpdateAsync(id, current => current with { Status = current.Status with { Resources = after, Updating = null } });
        rollback.Commit();
    }

    /// <summary>Not every OCI runtime changes them, and some say nothing of it. A node agent repeats those of the creation with every update.</summary>
    private static void RequireSameHugepages(Container container, ResourcesSpec before, ResourcesSpec update)
    {
        if (update.HugepageLimits.FirstOrDefault(limit => !before.HugepageLimits.Contains(limit)) is { } changed)
        {
            throw CridException.InvalidArgument($"limit of {changed.PageSize} pages of container '{container.Id.Short}': it can't be changed any more");
        }
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
