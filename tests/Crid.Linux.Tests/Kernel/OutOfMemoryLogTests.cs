using System.Text;

namespace Crid.Linux.Tests;

public sealed class OutOfMemoryLogTests
{
    [Theory]
    [InlineData("6,9,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,cpuset=c1.scope,oom_memcg=/p.slice/c1.scope,task_memcg=/p.slice/c1.scope,task=sh,pid=5", true)]
    [InlineData("6,9,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,cpuset=/,oom_memcg=/p.slice,task_memcg=/p.slice/c1.scope/container,task=sh,pid=5", true)]
    [InlineData("6,9,1,-;Tasks in /p.slice/c1.scope are going to be killed due to memory.oom.group set", true)]
    [InlineData("6,9,1,-;oom-kill:constraint=CONSTRAINT_NONE,cpuset=c1.scope,global_oom,task_memcg=/p.slice/c2.scope,task=sh,pid=5", false)]
    [InlineData("6,9,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,cpuset=c1.scope,oom_memcg=/p.slice/c1.scope,task_memcg=/p.slice/c2.scope,task=sh,pid=5", false)]
    [InlineData("4,9,1,-;memory: usage 32768kB, limit 32768kB, of c1.scope", false)]
    public void TellsOfVictim_Record_OnlyWhereTheVictimWasInTheCgroup(string record, bool expected) =>
        Assert.Equal(expected, OutOfMemoryLog.TellsOfVictim(Encoding.UTF8.GetBytes(record), "c1.scope"u8));
}
